import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GitHub } from '../../../controller/observe/packs/github';
import { PackSource } from '../../../controller/observe/packs/pack-source';
import { readPack, readRevision } from '../../../controller/observe/packs/read-pack';
import { packReference, type PackReference, type SkillPack } from '../../../constructs/spec/skill-pack';

const SHA = 'a'.repeat(40);
const NAME = 'pack:acme/packs/draw@v1';
const REFERENCE = packReference(NAME) as PackReference;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Files of the repository `acme/packs`, by path. */
let files: Record<string, string | Buffer>;
let revision: string;
let handler: Handler;
let requests: { readonly url: string; readonly authorization: string | undefined }[];
let server: Server;
let url: string;

const github: Handler = ({ url: given = '', headers }, response) => {
  const asked = given.replace('/repositories/7/', '/repos/acme/packs/');
  const { pathname } = new URL(asked, 'http://x');
  const rest = pathname.replace('/repos/acme/packs/', '');
  const send = (status: number, body: string | Buffer = '', more: Record<string, string> = {}): void => {
    response.writeHead(status, more).end(body);
  };
  if (rest.startsWith('commits/')) {
    const etag = `"${revision}"`;
    send(headers['if-none-match'] === etag ? 304 : 200, headers['if-none-match'] === etag ? '' : revision, { etag });
  } else if (rest.startsWith('contents/')) {
    const file = files[rest.slice('contents/'.length)];
    send(file === undefined ? 404 : 200, file);
  } else if (rest.startsWith('git/trees/')) {
    send(200, JSON.stringify({ tree: Object.keys(files).map((path) => ({ path, type: 'blob' })), truncated: files['huge'] !== undefined }));
  } else send(404);
};

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', authorization: request.headers.authorization });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
  handler = github;
  revision = SHA;
  files = {
    'draw/skillpack.json': JSON.stringify({
      files: { 'skills/draw/SKILL.md': 'SKILL.md' },
      directories: ['x'],
      config: { draw: { enabled: true } },
    }),
    'draw/SKILL.md': '# draw',
  };
});

const manifest = (value: unknown): void => {
  files['draw/skillpack.json'] = typeof value === 'string' ? value : JSON.stringify(value);
};

const read = async (): Promise<SkillPack> => readPack(new GitHub({ url }), REFERENCE, SHA);

describe('a pack', () => {
  it('is read by its manifest, at one commit', async () => {
    expect(await readRevision(new GitHub({ url }), REFERENCE)).toMatchObject({ sha: SHA });
    expect(await read()).toEqual({
      revision: SHA,
      files: { 'skills/draw/SKILL.md': { text: '# draw' } },
      directories: ['x'],
      config: { draw: { enabled: true } },
    });
    expect(requests.slice(1).every(({ url: asked }) => asked.endsWith(`ref=${SHA}`))).toBe(true);
  });

  it('without a manifest is a folder with one skill, all of its files', async () => {
    files = { 'draw/SKILL.md': '# draw', 'draw/bin/run.sh': '#!/bin/sh', 'draw/.git-keep': '', 'other/SKILL.md': '' };
    expect(Object.keys((await read()).files)).toEqual(['skills/draw/SKILL.md', 'skills/draw/bin/run.sh']);
  });

  it('T-F14 keeps bytes', async () => {
    files['draw/SKILL.md'] = Buffer.from([0, 255, 1]);
    expect((await read()).files).toEqual({ 'skills/draw/SKILL.md': { base64: 'AP8B' } });
  });

  it.each<[string, () => void, string]>([
    ['no JSON', () => manifest('{'), 'is no JSON'],
    ['a list', () => manifest([]), 'is no object'],
    ['a path out of the workspace', () => manifest({ files: { '../x': 'SKILL.md' } }), 'the path "../x"'],
    ['an absolute path', () => manifest({ files: { '/etc/x': 'SKILL.md' } }), 'the path "/etc/x"'],
    ['a source out of the pack', () => manifest({ files: { x: '../../secret' } }), 'the file "../../secret"'],
    ['a hidden file', () => manifest({ files: { '.bashrc': 'SKILL.md' } }), 'the path ".bashrc"'],
    ['a deep path', () => manifest({ files: { 'a/b/c/d/e/f/g/h/i': 'SKILL.md' } }), 'which is not taken'],
    ['too many files', () => manifest({ files: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`f${i}`, 'x'])) }), '101 files'],
    ['a large file', () => (files['draw/SKILL.md'] = Buffer.alloc(257 * 1024)), 'more than 262144 bytes'],
    ['a large manifest', () => manifest(`{"x": "${'x'.repeat(70_000)}"}`), 'more than 65536 bytes'],
    ['a missing file', () => delete files['draw/SKILL.md'], 'SKILL.md is not in the repository'],
    ['an entry of an unknown field', () => manifest({ config: { draw: { on: true } } }), 'has a field "on"'],
    ['nothing', () => (files = {}), 'neither skillpack.json nor SKILL.md'],
    ['a repository without end', () => (files = { huge: '' }), 'too many files'],
  ])('T-F14 is refused with %s', async (_title, spoil, message) => {
    spoil();
    await expect(read()).rejects.toThrow(message);
  });

  it('is refused with much in many files', async () => {
    const names = ['a', 'b', 'c'];
    manifest({ files: Object.fromEntries(names.map((name) => [name, name])) });
    for (const name of names) files[`draw/${name}`] = Buffer.alloc(200 * 1024);
    await expect(read()).rejects.toThrow('more than 524288 bytes together');
  });

  it('is not followed to elsewhere, and no token goes there', async () => {
    let asked = 0;
    const elsewhere = createServer((_request, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    handler = (_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/x` }).end();
    };
    await expect(readPack(new GitHub({ url, token: 'secret' }), REFERENCE, SHA)).rejects.toThrow('is not followed');
    elsewhere.close();
    expect(asked).toBe(0);
  });

  it('is followed within the API, but not in circles', async () => {
    handler = (request, response) => {
      if (request.url?.includes('/repositories/7/')) github(request, response);
      else response.writeHead(301, { location: (request.url ?? '').replace('/repos/acme/packs/', '/repositories/7/') }).end();
    };
    expect((await read()).revision).toBe(SHA);
    handler = (request, response) => response.writeHead(301, { location: request.url ?? '' }).end();
    await expect(read()).rejects.toThrow('without end');
  });
});

describe('the source of packs', () => {
  let now = 0;
  let changes: string[];
  let source: PackSource;

  beforeEach(() => {
    now = 0;
    changes = [];
    source = new PackSource({ url, token: 'secret', now: () => now, onChange: (name) => changes.push(name) });
  });

  /** Waits for the look that `version` has begun. */
  const looked = async (): Promise<void> => {
    const before = changes.length;
    source.version(NAME, false);
    while (changes.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('T67 asks once in five minutes, and then only whether anything changed', async () => {
    expect(await source.read(NAME, false, 5000)).toMatchObject({ revision: SHA });
    const first = requests.length;
    now = 299_000;
    await source.read(NAME, false, 5000);
    expect(requests).toHaveLength(first);
    now = 301_000;
    source.version(NAME, false);
    while (requests.length === first) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(requests.slice(first).map(({ url: asked }) => asked)).toEqual(['/repos/acme/packs/commits/v1']);
  });

  it('T-F9 takes a new revision, changes its version and wakes', async () => {
    await source.read(NAME, false, 5000);
    const before = source.version(NAME, false);
    [revision, now] = ['b'.repeat(40), 301_000];
    await looked();
    expect(await source.read(NAME, false, 5000)).toMatchObject({ revision: 'b'.repeat(40) });
    expect(source.version(NAME, false)).not.toBe(before);
    expect(changes).toEqual([NAME, NAME]);
  });

  it('T-F8 keeps the last good one while GitHub is down', async () => {
    await source.read(NAME, false, 5000);
    handler = (_request, response) => response.writeHead(503).end();
    now = 301_000;
    await looked();
    expect(await source.read(NAME, false, 5000)).toMatchObject({ revision: SHA });
  });

  it('says why there is none, and no token', async () => {
    handler = (_request, response) => response.writeHead(401).end();
    expect(await source.read(NAME, true, 5000)).toEqual({ problem: 'GitHub does not accept the token' });
    handler = (_request, response) => response.writeHead(429).end();
    expect(await source.read(`${NAME}2`, false, 5000)).toEqual({ problem: 'GitHub has had too many requests: set GITHUB_TOKEN, or wait' });
  });

  it('forgets what nobody has asked for since an hour, whatever names there were', async () => {
    const other = NAME.replace('draw', 'paint');
    await source.read(NAME, false, 5000);
    expect(source.version(NAME, false)).not.toBe('');
    now = 61 * 60_000;
    await source.read(other, false, 5000);
    expect([source.version(NAME, false), source.version(other, false)]).toEqual(['', expect.stringContaining('paint')]);
  });

  it('waits no longer than whoever asks', async () => {
    handler = () => undefined;
    const begun = process.hrtime.bigint();
    expect(await source.read(NAME, false, 20)).toEqual({ problem: 'GitHub has not answered yet' });
    expect(Number(process.hrtime.bigint() - begun) / 1e6).toBeLessThan(4000);
    handler = github;
  });

  it('C36 sends the token for those alone who may use it, and keeps what was read with it apart', async () => {
    await source.read(NAME, true, 5000);
    expect(requests.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
    handler = (_request, response) => response.writeHead(404).end();
    requests = [];
    expect(await source.read(NAME, false, 5000)).toHaveProperty('problem');
    expect(requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });
});
