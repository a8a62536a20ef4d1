/** Tokens of a GitHub App: short-lived, for one repository, and made of a key that never leaves this process. */
import { type KeyObject, createPrivateKey, sign } from 'node:crypto';
import { type Clock, systemClock } from '../git/clock';
import { GitError } from '../git/errors';
import { fieldsOf, textOf } from './fields';
import { ForgeError } from './forge-error';
import { GITHUB } from './github';
import { ForgeHttp, type ForgeHttpSettings } from './http';

export interface GitHubAppSettings extends Omit<ForgeHttpSettings, 'token' | 'now'> {
  /** The number of the app, or its client id. */
  readonly id: string;
  /** The number of its installation for the account that has the repository. */
  readonly installation: string;
  /** The private key in PEM, as GitHub gives it. Asked each time, so that a rotated one is taken up. */
  readonly key: () => string;
  /** The one repository that tokens are for, without its owner. */
  readonly repository: string;
  /** Whether pull requests are written too. @default false */
  readonly isForPullRequests?: boolean | undefined;
  /** @default - that of this machine */
  readonly clock?: Pick<Clock, 'now' | 'monotonic'> | undefined;
}

/** Milliseconds before its end from which a token is no longer used for something new: a push takes a while. */
const EARLY_MS = 10 * 60_000;

/** No token is good for longer, whatever the clock of this machine makes of its end. */
const LONGEST_MS = 60 * 60_000;

/** Seconds that a proof of ours counts, and how far the clock of this machine may be ahead. GitHub allows ten minutes. */
const PROOF_SECONDS = 540;
const SKEW_SECONDS = 60;

interface Minted {
  readonly token: string;
  /** On the monotonic clock. */
  readonly end: number;
  /** The key by which it was asked for. */
  readonly key: string;
}

export class GitHubApp {
  private readonly http: ForgeHttp;
  private minted: Minted | undefined;
  private minting: Promise<Minted> | undefined;

  /** @throws {@link GitError} `FORGE-SETTINGS` */
  public constructor(private readonly settings: GitHubAppSettings) {
    this.proof();
    this.http = new ForgeHttp({ ...settings, token: () => this.proof() }, GITHUB);
  }

  /**
   * A token that is good for some minutes. GitHub is asked for one in time before the last one ends, and after the key was rotated.
   *
   * @throws {@link GitError} with a code of the forge, where there is none and none can be had
   */
  public async token(): Promise<string> {
    const { minted } = this;
    if (minted && this.leftOf(minted) > EARLY_MS && minted.key === this.currentKey(minted)) return minted.token;
    this.minting ??= this.mint().finally(() => (this.minting = undefined));
    try {
      this.minted = await this.minting;
      return this.minted.token;
    } catch (error) {
      // It was asked early: what GitHub is away for now does not matter yet.
      if (minted && this.leftOf(minted) > 0 && error instanceof GitError && !error.stalled) return minted.token;
      throw error;
    }
  }

  private async mint(): Promise<Minted> {
    const { installation, repository, isForPullRequests = false, clock = systemClock } = this.settings;
    const key = this.settings.key();
    const answer = fieldsOf(
      await this.http
        .send('POST', `/app/installations/${installation}/access_tokens`, {
          repositories: [repository],
          permissions: { contents: 'write', ...(isForPullRequests && { pull_requests: 'write' }) },
        })
        .catch((error: unknown) => Promise.reject(this.explained(error))),
    );
    const [token, end] = [textOf(answer['token']), Date.parse(textOf(answer['expires_at']))];
    if (!/^[\u0021-\u007e]+$/.test(token) || !Number.isFinite(end)) {
      throw new ForgeError('FORGE-REFUSED', 'GitHub answers with no token of the app: is this its API?');
    }
    // How long it is good is reckoned once: a clock that is set later does not matter.
    return { token, end: clock.monotonic() + Math.min(LONGEST_MS, end - clock.now().getTime()), key };
  }

  /** In words of the app: no token was given that could be corrected. */
  private explained(error: unknown): unknown {
    if (!(error instanceof ForgeError) || !error.stalled) return error;
    const rights = this.settings.isForPullRequests === true ? 'contents and pull requests' : 'contents';
    const remedy = `check the id of the app, its installation and its key; the installation has to cover ${this.settings.repository} and may write ${rights}`;
    return new ForgeError(error.code, error.message.slice(error.code.length + 2), undefined, error.status, remedy);
  }

  /** A file that is being replaced is read the next time. */
  private currentKey({ key }: Minted): string {
    try {
      return this.settings.key();
    } catch {
      return key;
    }
  }

  private leftOf({ end }: Minted): number {
    return end - (this.settings.clock ?? systemClock).monotonic();
  }

  /** Says who we are, for some minutes: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app. */
  private proof(): string {
    const now = Math.floor((this.settings.clock ?? systemClock).now().getTime() / 1000);
    const claims = { iat: now - SKEW_SECONDS, exp: now + PROOF_SECONDS, iss: this.settings.id };
    const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${sign('sha256', Buffer.from(text), rsaKey(this.settings.key())).toString('base64url')}`;
  }
}

function rsaKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Its text is not repeated.
  }
  if (key?.asymmetricKeyType === 'rsa') return key;
  throw new ForgeError('FORGE-SETTINGS', 'the key of the GitHub App is no private RSA key in PEM without a passphrase');
}
