/** What the user says about a remote, checked by allow-lists before it gets near an argument of git. */
import { GitError } from './errors';

/** How the writer proves who it is. */
export type Credentials =
  | {
      readonly kind: 'password';
      /** What the server wants; most take anything beside a token. @default git */
      readonly username?: string;
      /** A password or token. */
      readonly password: string;
    }
  | {
      readonly kind: 'ssh';
      /** A private key without a passphrase, in the form of OpenSSH. */
      readonly privateKey: string;
      /** Lines of a known_hosts file; a host may have several keys. */
      readonly knownHosts: string;
    };

export interface RemoteSettings {
  /** `https://host/path`, `ssh://user@host/path` or `user@host:path`. */
  readonly url: string;
  readonly branch: string;
  readonly credentials?: Credentials | undefined;
  /**
   * Asked before every command that talks to the remote, so that a rotated credential is taken up. A {@link GitError} is the answer of the
   * command; whatever else it throws counts as no news.
   *
   * @default - the credential never changes
   */
  readonly currentCredentials?: (() => Credentials | undefined | Promise<Credentials>) | undefined;
  /** PEM text of the authorities that vouch for an HTTPS server. @default - those of the system */
  readonly certificateAuthorities?: string | undefined;
  /** A proxy for HTTPS, `http://host:port`. @default - none */
  readonly proxy?: string | undefined;
  /** Transports that are refused otherwise: `file` for local use, `http` for a server without credentials. */
  readonly allow?: readonly ('file' | 'http')[] | undefined;
}

export type Protocol = 'https' | 'ssh' | 'file' | 'http';

export interface CheckedRemote {
  readonly url: string;
  readonly protocol: Protocol;
  readonly branch: string;
}

const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?';
const PORT = '(?::\\d{1,5})?';
/** No segment begins with a dash or is made of dots. */
const PATH = '(?:/(?!\\.{1,2}(?:/|$))[A-Za-z0-9._~][A-Za-z0-9._~%+@-]*)+/?';

const HTTP_URL = new RegExp(`^https?://${HOST}${PORT}${PATH}$`);
const SSH_URL = new RegExp(`^ssh://(?:[a-z_][a-z0-9_-]{0,31}@)?${HOST}${PORT}${PATH}$`);
const SCP_FORM = new RegExp(`^([a-z_][a-z0-9_-]{0,31}@${HOST}):/?([A-Za-z0-9._~][A-Za-z0-9._~%+@/-]*)$`);
const FILE_URL = new RegExp(`^(?:file://)?(${PATH})$`);
const PROXY = new RegExp(`^https?://${HOST}${PORT}/?$`);
const BRANCH = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,198}[A-Za-z0-9_-])?$/;

/** @throws {@link GitError} `GIT-SETTINGS`; its message never repeats the URL, which may hold a password */
export function checkRemote(settings: RemoteSettings): CheckedRemote {
  const { url, protocol } = checkUrl(settings.url);
  checkBranch(settings.branch);
  if (settings.proxy !== undefined && !PROXY.test(settings.proxy)) throw refused('the proxy must be http://host:port, without a password');
  checkCredentials(protocol, settings);
  return { url, protocol, branch: settings.branch };
}

/**
 * The same of a place that is only named to others, who have credentials of their own.
 *
 * @throws {@link GitError} `GIT-SETTINGS`
 */
export function checkPlace(url: string, branch: string): void {
  const { protocol } = checkUrl(url);
  if (protocol === 'file') throw refused('an engine cannot reach a repository on this disk: use https:// or ssh://');
  checkBranch(branch);
}

function checkUrl(text: string): { readonly url: string; readonly protocol: Protocol } {
  if (/^[a-z+]+:\/\/[^/]*:[^/]*@/i.test(text) || /^https?:\/\/[^/]*@/i.test(text)) {
    throw refused('the URL of the repository holds a user or a password: put them into the credential');
  }
  if (HTTP_URL.test(text)) return { url: text, protocol: text.startsWith('https:') ? 'https' : 'http' };
  if (SSH_URL.test(text)) return { url: text, protocol: 'ssh' };
  const scp = SCP_FORM.exec(text);
  if (scp) return checkUrl(`ssh://${scp[1]}/${scp[2]}`);
  const file = FILE_URL.exec(text);
  if (file) return { url: `file://${file[1]}`, protocol: 'file' };
  throw refused('the URL of the repository is not of the form https://host/path, ssh://user@host/path or user@host:path');
}

/** Names that Git refuses, and those that could be read as something else. */
function checkBranch(branch: string): void {
  const isWrong = !BRANCH.test(branch) || /\.\.|\/\/|\/\.|\.\/|\.lock(?:\/|$)/.test(branch) || branch === 'HEAD';
  if (isWrong)
    throw refused(`the branch ${JSON.stringify(branch.slice(0, 80))} is no branch name: use letters, digits, '.', '_', '-' and '/'`);
}

function checkCredentials(protocol: Protocol, { credentials, allow = [] }: RemoteSettings): void {
  if (protocol === 'http' && credentials) throw refused('http:// would send the credential in clear text: use https://');
  if ((protocol === 'http' || protocol === 'file') && !allow.includes(protocol)) {
    const forTries = protocol === 'file' ? ', or --git-allow-file for tries and tests' : '';
    throw refused(`${protocol}:// has to be allowed explicitly: use https:// or ssh://${forTries}`);
  }
  if (protocol === 'ssh' && credentials?.kind !== 'ssh') throw refused('an ssh URL needs a private key and known_hosts');
  if (protocol === 'https' && credentials?.kind === 'ssh') throw refused('an https URL needs a token or password, not an ssh key');
  if (credentials?.kind === 'password' && /[\n\r\0]/.test(`${credentials.username ?? ''}${credentials.password}`)) {
    throw refused('the user name or password holds a line end');
  }
}

function refused(message: string): GitError {
  return new GitError('GIT-SETTINGS', message);
}
