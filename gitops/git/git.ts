import { isDeepStrictEqual } from 'node:util';
/** The only door to git: one factory with one environment. No other file starts git or imports its library. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SimpleGitOptions, simpleGit } from 'simple-git';
import { classify } from './classify';
import { GitError } from './errors';
import type { ObjectFormat } from './git-objects';
import { redactor } from './redact';
import { type Credentials, type CheckedRemote, type RemoteSettings, checkRemote } from './remote-settings';
import { closeScratch, openScratch } from './scratch';

/** How long a command may take. */
export interface GitTimes {
  /** Milliseconds without any output. @default 60000 */
  readonly silence?: number;
  /** Milliseconds in all. @default 300000 */
  readonly total?: number;
  /** Seconds to connect over ssh. @default 10 */
  readonly connect?: number;
  /** Seconds without data over HTTP after which git's own child ends, which outlives git. @default 30 */
  readonly stall?: number;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  /** Whether the command talks to the remote; only then does it get the credential. @default false */
  readonly network?: boolean;
}

/** Git with one remote and one bare repository, both private to this process. */
export interface Git {
  readonly remote: CheckedRemote;
  /** Runs one command in the bare repository. Throws a {@link GitError} for any exit status but 0. */
  run(args: readonly string[], options?: RunOptions): Promise<Buffer>;
  /** Throws away the repository and makes an empty one: everything in it can be fetched again. @param format that of the remote */
  reset(format?: ObjectFormat): Promise<void>;
  /** Removes the repository and every file with a credential. */
  close(): void;
}

/** What a child of ours may know of the environment of this process. Everything else of git comes from our settings. */
const INHERITED = ['PATH', 'SYSTEMROOT'] as const;

/** These can make git run programs, so its library wants to be told that they are meant. */
const MEANT = {
  allowUnsafeAskPass: true,
  allowUnsafeSshCommand: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeTemplateDir: true,
} as const;

/** Milliseconds that output may still come after git has ended: a grandchild that holds the pipes must not hold us. */
const AFTER_EXIT = 1000;

/** @throws {@link GitError} `GIT-SETTINGS` */
export function createGit(settings: RemoteSettings, times: GitTimes = {}): Git {
  const remote = checkRemote(settings);
  return new ScratchGit(remote, settings, openScratch(), times);
}

class ScratchGit implements Git {
  private readonly local: Readonly<Record<string, string>>;
  private networked: Readonly<Record<string, string>>;
  private redact: (text: string) => string;
  private credentials: Credentials | undefined;
  private isReady = false;
  private format: ObjectFormat = 'sha1';

  public constructor(
    public readonly remote: CheckedRemote,
    private readonly settings: RemoteSettings,
    private readonly scratch: string,
    private readonly times: GitTimes,
  ) {
    if (scratch.includes("'")) throw new GitError('GIT-SETTINGS', 'the temporary folder has a quote in its name: set TMPDIR');
    this.local = this.environment();
    this.credentials = settings.credentials;
    this.networked = { ...this.local, ...this.credentialEnvironment() };
    this.redact = redactor(secretsOf(this.credentials));
  }

  /**
   * Takes up a credential that was rotated. An unreadable one leaves the last in use: the remote will tell.
   *
   * @throws {@link GitError} of whoever gives credentials out, and has none
   */
  private async renewCredentials(): Promise<void> {
    let current: Credentials | undefined;
    try {
      current = await this.settings.currentCredentials?.();
    } catch (error) {
      if (error instanceof GitError) throw error;
      return;
    }
    if (current === undefined || isDeepStrictEqual(current, this.credentials)) return;
    this.credentials = current;
    this.networked = { ...this.local, ...this.credentialEnvironment() };
    this.redact = redactor(secretsOf(current));
  }

  public async run(args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    if (!this.isReady) await this.reset();
    return this.spawn(args, options);
  }

  public async reset(format: ObjectFormat = this.format): Promise<void> {
    this.format = format;
    rmSync(this.folder('repository'), { recursive: true, force: true });
    mkdirSync(this.folder('repository'));
    await this.spawn(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.']);
    writeFileSync(this.folder('repository', 'config'), this.config());
    this.isReady = true;
  }

  public close(): void {
    closeScratch(this.scratch);
  }

  private folder(...names: string[]): string {
    return join(this.scratch, ...names);
  }

  private async spawn(args: readonly string[], { input, network = false }: RunOptions = {}): Promise<Buffer> {
    if (network) await this.renewCredentials();
    const output: Uint8Array[] = [];
    // A setting of one command stands before it.
    const command = args.find((arg) => /^[a-z-]+$/.test(arg) && !arg.startsWith('-')) ?? '';
    const options: Partial<SimpleGitOptions> = {
      baseDir: this.folder('repository'),
      allowEnvironment: [...Object.keys(this.networked), 'GIT_NO_LAZY_FETCH'],
      unsafe: MEANT,
      timeout: { block: this.times.silence ?? 60_000 },
      abort: AbortSignal.timeout(this.times.total ?? 300_000),
      completion: { onClose: true, onExit: AFTER_EXIT },
      // The library takes a silent failure for a success.
      errors: (error, { exitCode, stdErr, stdOut }) =>
        exitCode === 0 && error === undefined ? undefined : Buffer.from(errorText(error, [...stdErr, ...stdOut])),
      ...(input !== undefined && { input: () => (typeof input === 'string' ? input : Buffer.from(input)) }),
    };
    try {
      await simpleGit(options)
        // A local command has no credentials: what it lacks is missing, and nothing to go to the remote for.
        .env(network ? this.networked : { ...this.local, GIT_NO_LAZY_FETCH: '1' })
        // As bytes: objects are no text.
        .outputHandler((_command, stdout) => stdout.on('data', (chunk: Buffer) => output.push(new Uint8Array(chunk))))
        .raw([...args]);
    } catch (error) {
      throw classify(command, this.redact(error instanceof Error ? error.message : String(error)));
    }
    return Buffer.concat(output);
  }

  private environment(): Record<string, string> {
    const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
    return {
      ...(Object.fromEntries(inherited) as Record<string, string>),
      // Messages are read by patterns.
      LC_ALL: 'C',
      TZ: 'UTC',
      HOME: this.scratch,
      GIT_DIR: this.folder('repository'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: this.remote.protocol,
    };
  }

  private credentialEnvironment(): Record<string, string> {
    const {
      credentials,
      settings: { certificateAuthorities },
    } = this;
    return {
      ...(certificateAuthorities !== undefined && { GIT_SSL_CAINFO: this.privateFile('authorities.pem', certificateAuthorities) }),
      ...(credentials?.kind === 'ssh' && { GIT_SSH_COMMAND: this.sshCommand(credentials), GIT_SSH_VARIANT: 'ssh' }),
      ...(credentials?.kind === 'password' && {
        GIT_ASKPASS: this.askpass(),
        OPENCLAW_GIT_USERNAME: credentials.username ?? 'git',
        OPENCLAW_GIT_PASSWORD: credentials.password,
      }),
    };
  }

  private askpass(): string {
    const file = this.privateFile('askpass.sh', readFileSync(join(__dirname, 'askpass.sh'), 'utf8'));
    chmodSync(file, 0o700);
    return file;
  }

  /** Nothing of the user's ssh settings or agent is read; an unknown host is refused, never asked about. */
  private sshCommand({ privateKey, knownHosts }: { readonly privateKey: string; readonly knownHosts: string }): string {
    const key = this.privateFile('key', privateKey.endsWith('\n') ? privateKey : `${privateKey}\n`);
    const hosts = this.privateFile('known_hosts', knownHosts);
    const options = [
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${hosts}`,
      'GlobalKnownHostsFile=/dev/null',
      'UpdateHostKeys=no',
      `IdentityFile=${key}`,
      'IdentitiesOnly=yes',
      'IdentityAgent=none',
      'PasswordAuthentication=no',
      'KbdInteractiveAuthentication=no',
      'ForwardAgent=no',
      'ControlMaster=no',
      // Killing git leaves ssh alive: it has to end by itself.
      `ConnectTimeout=${this.times.connect ?? 10}`,
      'ServerAliveInterval=5',
      'ServerAliveCountMax=3',
    ];
    return ['ssh -F /dev/null', ...options.map((option) => `-o '${option}'`)].join(' ');
  }

  private privateFile(name: string, text: string): string {
    const file = this.folder(name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  /** The settings of the bare repository. All values are constants of ours or went through an allow-list. */
  private config(): string {
    const { url, branch } = this.remote;
    const proxy = this.settings.proxy === undefined ? '' : `\tproxy = ${this.settings.proxy}\n`;
    const format = this.format === 'sha1' ? '' : `\tobjectFormat = ${this.format}\n`;
    return `[core]
	repositoryFormatVersion = 1
	bare = true
	hooksPath = /dev/null
	logAllRefUpdates = false
	fsync = none
	attributesFile = /dev/null
	excludesFile = /dev/null
[extensions]
	partialClone = origin
${format}[remote "origin"]
	url = ${url}
	fetch = +refs/heads/${branch}:refs/remotes/origin/${branch}
	promisor = true
	partialCloneFilter = blob:none
	tagOpt = --no-tags
[credential]
	helper =
[http]
	followRedirects = false
	lowSpeedLimit = 1000
	lowSpeedTime = ${this.times.stall ?? 30}
${proxy}[fetch]
	fsckObjects = true
	recurseSubmodules = no
[push]
	gpgSign = false
	recurseSubmodules = no
	followTags = false
[gc]
	auto = 0
[maintenance]
	auto = false
[submodule]
	recurse = false
`;
  }
}

/** What git said; where the library itself ended the command, also why. */
function errorText(error: Buffer | Error | undefined, output: readonly Buffer[]): string {
  const said = Buffer.concat(output.map((part) => new Uint8Array(part))).toString();
  return error instanceof Error && !said.includes(error.message) ? `${said}\n${error.message}` : said;
}

function secretsOf(credentials: Credentials | undefined): string[] {
  if (credentials?.kind === 'password') return [credentials.password];
  return credentials?.kind === 'ssh' ? credentials.privateKey.split('\n').filter((line) => line.length >= 20) : [];
}
