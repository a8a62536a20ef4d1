import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { BareRepository } from './bare';
import { patient } from '../../patience/patience.cjs';

const NGINX = '/usr/sbin/nginx';
const SSHD = '/usr/sbin/sshd';
const FCGIWRAP = '/usr/sbin/fcgiwrap';
const HTTP_BACKEND = '/usr/lib/git-core/git-http-backend';

/** Why a server cannot run here; `undefined` if it can. */
export const MISSING_HTTPS = missing([NGINX, FCGIWRAP, HTTP_BACKEND, '/usr/bin/openssl']);
export const MISSING_SSH = missing([SSHD, '/usr/bin/ssh', '/usr/bin/ssh-keygen']);

function missing(programs: readonly string[]): string | undefined {
  const absent = programs.filter((program) => !existsSync(program));
  return absent.length === 0 ? undefined : `not installed: ${absent.join(', ')}`;
}

/** `describe`, or a skipped one that says why. In CI nothing may be skipped. */
export function describeWith(reason: string | undefined, title: string, tests: () => void): void {
  if (reason === undefined) describe(title, tests);
  else if (process.env['CI']) throw new Error(`${title}: ${reason}`);
  else describe.skip(`${title} (skipped: ${reason})`, tests);
}

/** Programs that were started, ended by their own id. */
class Programs {
  private readonly children: ChildProcess[] = [];

  public start(program: string, args: readonly string[]): void {
    this.children.push(spawn(program, args, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } }));
  }

  public async stop(): Promise<void> {
    await Promise.all(
      this.children.splice(0).map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }
}

export interface HttpsServer {
  readonly url: string;
  /** PEM text of the certificate, its own authority. */
  readonly certificate: string;
  readonly password: string;
  /** From now on only this password is right. @param user @default git */
  setPassword(password: string, user?: string): void;
  /** The lines of the access log: one for each request. */
  requests(): string[];
  /** Closes the port; `back` opens it again. */
  away(): Promise<void>;
  back(): Promise<void>;
  stop(): Promise<void>;
}

/** The real nginx, with TLS and basic authentication, before git's own CGI program. */
export async function httpsServer(repository: BareRepository): Promise<HttpsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-https-'));
  const file = (name: string): string => join(folder, name);
  const port = await freePort();
  const password = 'p4ss+w/ord=Z9';
  repository.git('config', 'http.receivepack', 'true');
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=IP:127.0.0.1,DNS:localhost',
      '-keyout',
      file('key.pem'),
      '-out',
      file('cert.pem'),
    ],
    { stdio: 'ignore' },
  );
  const setPassword = (text: string, user = 'git'): void => {
    const hash = execFileSync('openssl', ['passwd', '-apr1', '-stdin'], { input: text, encoding: 'utf8' }).trim();
    writeFileSync(file('htpasswd'), `${user}:${hash}\n`);
  };
  setPassword(password);
  writeFileSync(file('nginx.conf'), nginxConf(folder, port, dirname(repository.path)));
  const backend = new Programs();
  const front = new Programs();
  backend.start(FCGIWRAP, ['-c', '4', '-s', `unix:${file('socket')}`]);
  const back = async (): Promise<void> => {
    front.start(NGINX, ['-p', folder, '-c', file('nginx.conf')]);
    await listening(port);
  };
  await back();
  return {
    url: `https://127.0.0.1:${port}/fleet.git`,
    certificate: readFileSync(file('cert.pem'), 'utf8'),
    password,
    setPassword,
    requests: () => readFileSync(file('access.log'), 'utf8').split('\n').filter(Boolean),
    away: () => front.stop(),
    back,
    stop: async () => {
      await front.stop();
      await backend.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function nginxConf(folder: string, port: number, root: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};`);
  return `daemon off;
user ${userInfo().username};
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
${temporary.join('\n')}
  access_log ${folder}/access.log;
  client_max_body_size 0;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location /moved/ { return 302 https://localhost:${port}/fleet.git$is_args$args; }
    location / {
      auth_basic git;
      auth_basic_user_file ${folder}/htpasswd;
      fastcgi_pass unix:${folder}/socket;
      fastcgi_param SCRIPT_FILENAME ${HTTP_BACKEND};
      fastcgi_param GIT_PROJECT_ROOT ${root};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param REMOTE_ADDR $remote_addr;
    }
  }
}
`;
}

export interface SshServer {
  readonly url: string;
  readonly privateKey: string;
  readonly knownHosts: string;
  /** Another key that the server does not know. */
  readonly strangerKey: string;
  /** A known_hosts line of this host with another key. */
  readonly wrongHosts: string;
  /** Nothing listens on the port any more. */
  away(): Promise<void>;
  back(): Promise<void>;
  stop(): Promise<void>;
}

/** Debian's sshd on a port of its own, with a host key of its own. */
export async function sshServer(repository: BareRepository): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-ssh-'));
  const file = (name: string): string => join(folder, name);
  const port = await freePort();
  for (const key of ['host', 'other-host', 'client', 'stranger']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', file(key)]);
  }
  const text = (name: string): string => readFileSync(file(name), 'utf8');
  writeFileSync(file('authorized_keys'), text('client.pub'), { mode: 0o600 });
  const { username } = userInfo();
  // Where sshd gives up its rights; the service unit would make it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(
    file('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${file('host')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      `PidFile ${file('pid')}`,
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'UsePAM no',
      'StrictModes no',
      '',
    ].join('\n'),
  );
  const programs = new Programs();
  const back = async (): Promise<void> => {
    programs.start(SSHD, ['-D', '-e', '-f', file('sshd_config')]);
    await listening(port);
  };
  await back();
  const hostLine = (name: string): string => `[127.0.0.1]:${port} ${text(`${name}.pub`).split(' ').slice(0, 2).join(' ')}\n`;
  return {
    url: `ssh://${username}@127.0.0.1:${port}${repository.path}`,
    privateKey: text('client'),
    knownHosts: hostLine('other-host') + hostLine('host'),
    strangerKey: text('stranger'),
    wrongHosts: hostLine('other-host'),
    away: () => programs.stop(),
    back,
    stop: async () => {
      await programs.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function listening(port: number): Promise<void> {
  const limit = patient(5000);
  const end = Date.now() + limit;
  while (Date.now() < end) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens on port ${port} after ${limit} ms`);
}
