import { execFileSync, spawn } from 'node:child_process';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Who may read and write a repository; a test may change it under way. */
export interface GitCredentials {
  readonly username: string;
  password: string;
}

/** A git repository on loopback, over HTTPS with basic authentication. */
export interface GitServer {
  /** Of the repository, without credentials. */
  readonly url: string;
  /** PEM text of the certificate, which is its own authority. */
  readonly ca: string;
  readonly caFile: string;
  readonly credentials: GitCredentials;
  /** The bare repository itself. */
  readonly path: string;
  /** Requests that came in since the start, refused ones included. */
  readonly requests: () => number;
  /** Away: connections are closed without an answer. */
  isAway: boolean;
  stop(): Promise<void>;
}

/**
 * Starts a server with one empty repository, whose branch is `main`.
 *
 * @param username whom it lets in
 */
export async function startGitServer(username = 'writer'): Promise<GitServer> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-git-'));
  const root = join(folder, 'srv');
  const path = join(root, 'deploy.git');
  mkdirSync(root);
  execFileSync('git', ['init', '-q', '--bare', '--initial-branch=main', path]);
  for (const [key, value] of Object.entries({ 'http.receivepack': 'true', 'uploadpack.allowFilter': 'true' })) {
    execFileSync('git', ['-C', path, 'config', key, value]);
  }
  const { cert, key, caFile } = makeCertificate(folder);
  const credentials: GitCredentials = { username, password: randomBytes(12).toString('hex') };
  let requests = 0;
  const server = createServer({ cert, key });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  const git: GitServer = {
    url: `https://127.0.0.1:${port}/deploy.git`,
    ca: cert,
    caFile,
    credentials,
    path,
    requests: () => requests,
    isAway: false,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    requests += 1;
    if (git.isAway) request.destroy();
    else if (isAllowed(request, credentials)) answer(request, response, root, credentials.username);
    else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
  });
  return git;
}

function makeCertificate(folder: string): { cert: string; key: string; caFile: string } {
  const keyFile = join(folder, 'server.key');
  const caFile = join(folder, 'server.crt');
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', keyFile, '-out', caFile], { stdio: 'ignore' });
  return { cert: readFileSync(caFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), caFile };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}

function isAllowed({ headers }: IncomingMessage, { username, password }: GitCredentials): boolean {
  const expected = Buffer.from(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  const given = Buffer.from(headers.authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** One request through git's own CGI program. */
function answer(request: IncomingMessage, response: ServerResponse, root: string, user: string): void {
  const url = new URL(request.url ?? '/', 'https://git');
  const { headers } = request;
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      REMOTE_USER: user,
      REMOTE_ADDR: '127.0.0.1',
      ...(headers['content-length'] !== undefined && { CONTENT_LENGTH: headers['content-length'] }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => response.destroy());
  // Whoever hangs up early ends the program, and a program that is done early reads no more.
  response.on('close', () => child.kill());
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  passOn(child.stdout, response);
}

/** CGI: header lines, an empty line, the body. */
function passOn(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  output.on('data', (chunk: Buffer) => {
    if (response.headersSent) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const lines = head.subarray(0, end).toString('latin1').split('\r\n');
    const fields = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const);
    const status = fields.find(([name]) => name === 'Status')?.[1];
    response.writeHead(status ? Number.parseInt(status, 10) : 200, Object.fromEntries(fields.filter(([name]) => name !== 'Status')));
    response.write(head.subarray(end + 4));
  });
  output.on('end', () => response.end());
}
