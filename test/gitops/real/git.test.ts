import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Server, createServer as createHttpServer } from 'node:http';
import { type AddressInfo, type Server as TcpServer, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitError } from '../../../gitops/git/errors';
import { type Git, type GitTimes, createGit } from '../../../gitops/git/git';
import type { RemoteSettings } from '../../../gitops/git/remote-settings';
import { patient } from '../../patience/patience.cjs';
import { type BareRepository, bareRepository } from './bare';
import { aPublisher, aRequest, told } from './publishing';

let remote: BareRepository;
let folder: string;
const opened: Git[] = [];

beforeEach(() => {
  remote = bareRepository();
  remote.commitEntries([`100644 ${remote.writeBlob('text\n')} 0\tREADME.md`]);
  folder = mkdtempSync(join(tmpdir(), 'openclaw-edge-'));
});
afterEach(() => {
  for (const git of opened.splice(0)) git.close();
  remote.remove();
  rmSync(folder, { recursive: true, force: true });
});

function open(settings: Partial<RemoteSettings> = {}, times?: GitTimes): Git {
  const git = createGit({ url: remote.path, branch: 'main', allow: ['file', 'http'], ...settings }, times);
  opened.push(git);
  return git;
}

async function errorOf(work: Promise<unknown>): Promise<GitError> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof GitError) return error;
  throw error;
}

/** The rights of a file, in octal digits. */
function mode(path: string): string {
  return (statSync(path).mode % 0o1000).toString(8);
}

async function listen(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

it('an exit status other than 0 is an error, also when git says nothing', async () => {
  expect((await errorOf(open().run(['rev-parse', '--verify', '--quiet', 'nothing']))).message).toBe(
    'GIT-FAILED: git rev-parse failed: no message',
  );
});

it('nothing in the environment or the home of this process reaches git', async () => {
  const trace = join(folder, 'trace');
  const proof = join(folder, 'proof');
  const evil = join(folder, 'evil.sh');
  writeFileSync(evil, `#!/bin/sh\ntouch ${proof}\nexit 1\n`, { mode: 0o755 });
  writeFileSync(
    join(folder, '.gitconfig'),
    `[url "file:///nowhere/"]\n\tinsteadOf = file://${remote.path}\n[core]\n\thooksPath = ${folder}\n\tsshCommand = ${evil}\n\tfsmonitor = ${evil}\n[credential]\n\thelper = ${evil}\n`,
  );
  writeFileSync(join(folder, 'pre-push'), readFileSync(evil, 'utf8'), { mode: 0o755 });
  const poison = {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    GIT_CONFIG_GLOBAL: join(folder, '.gitconfig'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: folder,
    GIT_DIR: '/nowhere',
    GIT_WORK_TREE: '/nowhere',
    GIT_INDEX_FILE: '/nowhere/index',
    GIT_OBJECT_DIRECTORY: '/nowhere/objects',
    GIT_EXEC_PATH: '/nowhere',
    GIT_TEMPLATE_DIR: folder,
    GIT_SSH_COMMAND: evil,
    GIT_ASKPASS: evil,
    SSH_ASKPASS: evil,
    GIT_EXTERNAL_DIFF: evil,
    GIT_TRACE: trace,
    GIT_TRACE_CURL: trace,
    GIT_ALLOW_PROTOCOL: 'ext',
    EDITOR: evil,
    PAGER: evil,
    https_proxy: 'http://127.0.0.1:1',
  };
  const before = { ...process.env };
  Object.assign(process.env, poison);
  try {
    const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
    expect(told(await publisher.publish(aRequest()))).toBe('committed');
    await publisher.close();
  } finally {
    for (const key of Object.keys(poison)) {
      if (before[key] === undefined) delete process.env[key];
      else process.env[key] = before[key];
    }
  }
  expect(remote.commits()).toBe(2);
  expect([existsSync(trace), existsSync(proof)]).toEqual([false, false]);
});

it('files with a credential are for this user alone, and gone when git is closed', () => {
  const before = new Set(readdirSync(tmpdir()));
  const git = createGit({
    url: 'ssh://git@git.example.com/fleet.git',
    branch: 'main',
    credentials: { kind: 'ssh', privateKey: 'key', knownHosts: 'hosts' },
  });
  const [scratch, ...others] = readdirSync(tmpdir()).filter((name) => name.startsWith(`openclaw-git-${process.pid}-`) && !before.has(name));
  expect(others).toEqual([]);
  const place = join(tmpdir(), scratch ?? '');
  expect([mode(place), mode(join(place, 'key')), mode(join(place, 'known_hosts'))]).toEqual(['700', '600', '600']);
  git.close();
  expect(existsSync(place)).toBe(false);
});

it('a server that never answers is given up, and leaves no process behind', async () => {
  const server = createServer(() => undefined);
  const port = await listen(server);
  const git = open({ url: `http://127.0.0.1:${port}/fleet.git` }, { silence: 700, stall: 1 });
  const error = await errorOf(git.run(['ls-remote', 'origin'], { network: true }));
  expect(error.code).toBe('GIT-UNREACHABLE');
  expect(error.stalled).toBe(false);
  // Git is killed at once; its children see by themselves that nothing comes.
  const end = Date.now() + patient(10_000);
  while (Date.now() < end && processesWith(`127.0.0.1:${port}`).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(processesWith(`127.0.0.1:${port}`)).toEqual([]);
  server.close();
});

it('a server without smart HTTP is stalled, with the cure', async () => {
  remote.git('update-server-info');
  const server = createHttpServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const file = join(remote.path, path.replace('/fleet.git', ''));
    if (existsSync(file) && statSync(file).isFile()) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  const port = await listen(server);
  const publisher = aPublisher({ url: `http://127.0.0.1:${port}/fleet.git`, branch: 'main', allow: ['http'] });
  const result = await publisher.publish(aRequest()).finally(() => server.closeAllConnections());
  server.close();
  await publisher.close();
  expect(result).toMatchObject({ ok: false, error: { code: 'GIT-SETTINGS', stalled: true } });
  expect(result.ok ? '' : result.error.remedy).toContain('smart HTTP');
});

it('a server that knows no filters works as well', async () => {
  remote.git('config', 'uploadpack.allowFilter', 'false');
  const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
  expect(told(await publisher.publish(aRequest()))).toBe('committed');
  await publisher.close();
  expect(remote.commits()).toBe(2);
});

it('a damaged cache is made anew', async () => {
  const before = new Set(readdirSync(tmpdir()));
  const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
  await publisher.publish(aRequest());
  const [scratch = ''] = readdirSync(tmpdir()).filter((name) => name.startsWith(`openclaw-git-${process.pid}-`) && !before.has(name));
  rmSync(join(tmpdir(), scratch, 'repository', 'objects'), { recursive: true });
  expect(told(await publisher.publish(aRequest('bob')))).toBe('GIT-FAILED');
  expect(told(await publisher.publish(aRequest('bob')))).toBe('committed');
  await publisher.close();
});

/** Ids of processes with a text in their arguments. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}
