import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  lstatSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { Sandbox, type Outcome } from './sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  mkdirSync(sandbox.path('state'));
});
afterEach(() => sandbox.remove());

interface Workspace {
  readonly root?: string;
  readonly directories?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** The same, which go when they are planned no more. */
  readonly owned?: Readonly<Record<string, string>>;
  /** A file of ours that is written at every start. */
  readonly always?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
}

/** Seeds workspaces below `state`. The texts of files are written where a ConfigMap would be mounted. */
function seed(...workspaces: readonly Workspace[]): Outcome {
  const entries = (texts: Readonly<Record<string, string>>, always: boolean, owned = false) =>
    Object.entries(texts).map(([to, text], index) => ({
      from: sandbox.write(`init/${owned ? 'owned' : always ? 'always' : 'file'}-${index}`, text),
      to,
      ...(always && { always }),
      ...(owned && { owned }),
    }));
  return sandbox.node('features/workspace/seed.mjs', {
    marker: sandbox.path('state/.workspace-seeded.json'),
    workspaces: workspaces.map(({ root = 'workspace', directories = [], files = {}, always = {}, owned = {}, folders = [] }) => ({
      root: sandbox.path('state', root),
      directories,
      files: [...entries(always, true), ...entries(owned, true, true), ...entries(files, false)],
      folders: folders.map((folder) => sandbox.path(folder)),
    })),
  });
}

const SEEDED = { status: 0 };
const file = (path: string): string => sandbox.path('state/workspace', path);
const text = (path: string): string => readFileSync(file(path), 'utf8');

/** A ConfigMap as the kubelet mounts it: keys are links through `..data` into a folder with a time in its name. */
function mountConfigMap(folder: string, data: Readonly<Record<string, string | Buffer>>): void {
  for (const [key, content] of Object.entries(data)) sandbox.write(`${folder}/..2026_11_24/${key}`, content);
  symlinkSync('..2026_11_24', sandbox.path(folder, '..data'));
  for (const key of Object.keys(data)) symlinkSync(`..data/${key}`, sandbox.path(folder, key));
}

describe('the seeding program', () => {
  it('T-F10 T-F11 writes files and directories, with the folders that they need', () => {
    expect(
      seed({ files: { 'AGENTS.md': 'hi', 'tools/scripts/setup.sh': '#!/bin/sh\n' }, directories: ['runs/old', 'notes'] }),
    ).toMatchObject(SEEDED);
    expect(text('AGENTS.md')).toBe('hi');
    expect(text('tools/scripts/setup.sh')).toBe('#!/bin/sh\n');
    expect(statSync(file('runs/old')).isDirectory()).toBe(true);
    expect(readdirSync(sandbox.path('state/workspace')).sort()).toEqual(['AGENTS.md', 'notes', 'runs', 'tools']);
  });

  it('makes programs executable, and nothing else', () => {
    seed({ files: { 'run.sh': '#!/bin/sh\n', 'run.md': '# no' } });
    expect([statSync(file('run.sh')).mode & 0o777, statSync(file('run.md')).mode & 0o777]).toEqual([0o755, 0o644]);
  });

  it('leaves what is there alone', () => {
    sandbox.write('state/workspace/AGENTS.md', 'mine');
    expect(seed({ files: { 'AGENTS.md': 'theirs' } })).toMatchObject({ ...SEEDED, stderr: '' });
    expect(text('AGENTS.md')).toBe('mine');
  });

  it('writes once: a change stays', () => {
    seed({ files: { 'AGENTS.md': 'first' } });
    sandbox.write('state/workspace/AGENTS.md', 'changed');
    seed({ files: { 'AGENTS.md': 'second' } });
    expect(text('AGENTS.md')).toBe('changed');
  });

  it('T-F12 remembers: what the agent deleted does not come back, and new files do come', () => {
    mountConfigMap('source', { 'b.md': 'b' });
    const workspace = { files: { 'a.md': 'a' }, directories: ['d'], folders: ['source'] };
    seed(workspace);
    for (const path of ['a.md', 'b.md', 'd']) rmSync(file(path), { recursive: true });
    expect(seed({ ...workspace, files: { 'a.md': 'a', 'c.md': 'c' } })).toMatchObject(SEEDED);
    expect(readdirSync(sandbox.path('state/workspace'))).toEqual(['c.md']);
    expect(seed(workspace)).toMatchObject({ ...SEEDED, stderr: '' });
  });

  it('T-F14 copies mounted ConfigMaps as they are, binary ones too, without the links of the kubelet', () => {
    const bytes = Buffer.from([0, 255, 254, 10, 13, 0, 128]);
    mountConfigMap('source', { 'logo.png': bytes, 'a.md': 'from the map', '.env.example': 'x' });
    expect(seed({ files: { 'a.md': 'from the spec' }, folders: ['source'] })).toMatchObject(SEEDED);
    expect(readFileSync(file('logo.png')).equals(bytes)).toBe(true);
    expect(lstatSync(file('logo.png')).isFile()).toBe(true);
    expect(text('a.md')).toBe('from the spec');
    expect(readdirSync(sandbox.path('state/workspace')).sort()).toEqual(['.env.example', 'a.md', 'logo.png']);
  });

  it('T-F9 renews what is owned, and removes it when it is planned no more', () => {
    const [one, two] = ['skills/draw/SKILL.md', 'skills/draw/old.md'];
    expect(seed({ owned: { [one]: 'v1', [two]: 'v1' } })).toMatchObject(SEEDED);
    sandbox.write(`state/workspace/${one}`, 'changed by the agent');
    expect(seed({ owned: { [one]: 'v2' } })).toMatchObject(SEEDED);
    expect([text(one), existsSync(file(two))]).toEqual(['v2', false]);
    expect(seed({ owned: { [one]: 'v2' } })).toMatchObject({ ...SEEDED, stderr: '' });
    expect(seed({})).toMatchObject(SEEDED);
    expect(existsSync(file(one))).toBe(false);
  });

  it('T-F9 leaves what the agent changed, and what it claims to be ours elsewhere', () => {
    seed({ owned: { 'a.md': 'v1' } });
    sandbox.write('state/workspace/a.md', 'mine');
    const hash = createHash('sha256').update('x').digest('hex');
    const outside = sandbox.write('outside', 'x');
    sandbox.write('state/openclaw.json', 'x');
    const record = JSON.parse(sandbox.read('state/.workspace-owned.json')) as object;
    const claims = { '../outside': hash, [outside]: hash, 'openclaw.json': hash, 'workspace/../openclaw.json': hash };
    sandbox.write('state/.workspace-owned.json', JSON.stringify({ ...record, ...claims }));
    expect(seed({})).toMatchObject(SEEDED);
    expect([text('a.md'), sandbox.read('outside'), sandbox.read('state/openclaw.json')]).toEqual(['mine', 'x', 'x']);
  });

  it('seeds each workspace by itself', () => {
    expect(seed({ files: { 'a.md': 'main' } }, { root: 'workspace-lab', directories: ['x'] })).toMatchObject(SEEDED);
    rmSync(file('a.md'));
    seed({ files: { 'a.md': 'main' } }, { root: 'workspace-lab', files: { 'a.md': 'lab' } });
    expect(existsSync(file('a.md'))).toBe(false);
    expect(sandbox.read('state/workspace-lab/a.md')).toBe('lab');
  });

  it('writes a file of ours at every start, but only when it differs', () => {
    const always = { 'ENVIRONMENT.md': 'new' };
    sandbox.write('state/workspace/ENVIRONMENT.md', 'old');
    seed({ always });
    expect(text('ENVIRONMENT.md')).toBe('new');
    utimesSync(file('ENVIRONMENT.md'), 1000, 1000);
    expect(seed({ always })).toMatchObject({ ...SEEDED, stderr: '' });
    expect(statSync(file('ENVIRONMENT.md')).mtimeMs).toBe(1_000_000);
    rmSync(file('ENVIRONMENT.md'));
    seed({ always });
    expect(text('ENVIRONMENT.md')).toBe('new');
  });
});

const OUTSIDE = 'outside/file';

function expectNothingOutside(): void {
  expect(sandbox.read(OUTSIDE)).toBe('untouched');
  expect(readdirSync(sandbox.path('outside'))).toEqual(['file']);
}

describe('the seeding program and what the agent made', () => {
  beforeEach(() => {
    sandbox.write(OUTSIDE, 'untouched');
    mkdirSync(sandbox.path('state/workspace'), { recursive: true });
  });
  afterEach(expectNothingOutside);

  it('never writes through a link that leads out of the workspace, and starts all the same', () => {
    symlinkSync(sandbox.path('outside'), file('tools'));
    expect(seed({ files: { 'tools/new.sh': 'x' }, directories: ['tools/dir'], always: { 'tools/env.md': 'x' } })).toMatchObject({
      ...SEEDED,
      stderr: expect.stringContaining('leads out of'),
    });
  });

  it.each(['../../outside', '../../../state/../outside'])('nor through one that is relative: %s', (to) => {
    symlinkSync(to, file('tools'));
    expect(seed({ files: { 'tools/new.sh': 'x', 'tools/deep/new.sh': 'x' } })).toMatchObject(SEEDED);
  });

  it('replaces a link in the place of a file that it always writes', () => {
    symlinkSync(sandbox.path(OUTSIDE), file('ENVIRONMENT.md'));
    expect(seed({ always: { 'ENVIRONMENT.md': 'new' } })).toMatchObject(SEEDED);
    expect(lstatSync(file('ENVIRONMENT.md')).isFile()).toBe(true);
    expect(text('ENVIRONMENT.md')).toBe('new');
  });

  it('nor through a link in the place of the file that it renames', () => {
    symlinkSync(sandbox.path(OUTSIDE), file('a.md.next'));
    expect(seed({ files: { 'a.md': 'x' } })).toMatchObject(SEEDED);
    expect(text('a.md')).toBe('x');
  });

  it('leaves a link in the place of any other file', () => {
    symlinkSync(sandbox.path('outside/gone'), file('a.md'));
    expect(seed({ files: { 'a.md': 'x' } })).toMatchObject(SEEDED);
    expect(lstatSync(file('a.md')).isSymbolicLink()).toBe(true);
  });

  it('follows a link that stays inside', () => {
    mkdirSync(file('real'));
    symlinkSync('real', file('tools'));
    expect(seed({ files: { 'tools/a.sh': 'x' } })).toMatchObject(SEEDED);
    expect(text('real/a.sh')).toBe('x');
  });

  it.each<[string, () => void]>([
    ['a file in the place of a folder', () => sandbox.write('state/workspace/tools', 'mine')],
    ['a link that leads nowhere', () => symlinkSync('gone', file('tools'))],
    ['a link that leads to itself', () => symlinkSync('tools', file('tools'))],
    [
      'a link to a file',
      () => {
        sandbox.write('state/workspace/plain', 'x');
        symlinkSync('plain', file('tools'));
      },
    ],
  ])('leaves %s alone, says so, and starts', (_what, make) => {
    make();
    expect(seed({ files: { 'tools/a.sh': 'x', 'b.md': 'b' }, directories: ['tools/d'], always: { 'tools/env.md': 'x' } })).toMatchObject({
      ...SEEDED,
      stderr: expect.stringContaining('left out tools/a.sh'),
    });
    expect(text('b.md')).toBe('b');
  });

  it('does not mind a folder that became a link after it was seeded', () => {
    seed({ files: { 'tools/a.sh': 'x' }, directories: ['tools/d'] });
    renameSync(file('tools'), sandbox.path('state/moved'));
    symlinkSync(sandbox.path('outside'), file('tools'));
    expect(seed({ files: { 'tools/a.sh': 'x' }, directories: ['tools/d'] })).toMatchObject({ ...SEEDED, stderr: '' });
  });

  it('leaves a folder in the place of a file that it always writes', () => {
    sandbox.write('state/workspace/ENVIRONMENT.md/mine', 'x');
    expect(seed({ always: { 'ENVIRONMENT.md': 'new' } })).toMatchObject({ ...SEEDED, stderr: expect.stringContaining('is a folder') });
  });

  it('leaves out a workspace in whose place a file stands', () => {
    sandbox.write('state/workspace-lab', 'mine');
    expect(seed({ root: 'workspace-lab', files: { 'a.md': 'x' } }, { files: { 'a.md': 'x' } })).toMatchObject(SEEDED);
    expect(sandbox.read('state/workspace-lab')).toBe('mine');
    expect(text('a.md')).toBe('x');
  });

  it('seeds a workspace that the agent moved elsewhere on its volume', () => {
    renameSync(sandbox.path('state/workspace'), sandbox.path('state/home'));
    symlinkSync('home', sandbox.path('state/workspace'));
    expect(seed({ files: { 'a/b.md': 'x' } })).toMatchObject(SEEDED);
    expect(sandbox.read('state/home/a/b.md')).toBe('x');
  });

  it.each(['{', '{}', '"x"', ''])('starts with a marker that holds %j, and writes it anew', (marker) => {
    sandbox.write('state/.workspace-seeded.json', marker);
    expect(seed({ files: { 'a.md': 'x' } })).toMatchObject({ ...SEEDED, stderr: expect.stringContaining('written anew') });
    expect(JSON.parse(sandbox.read('state/.workspace-seeded.json'))).toEqual([file('a.md')]);
  });
});

describe('T-R7 the seeding program and long names', () => {
  it.each([
    ['255 ASCII characters', 'a'.repeat(255)],
    ['252 ASCII characters', 'a'.repeat(252)],
    ['85 characters of three bytes', '日'.repeat(85)],
    ['a folder of 255 bytes', `${'b'.repeat(255)}/${'c'.repeat(255)}`],
  ])('writes a name as long as the system takes: %s', (_what, to) => {
    expect(seed({ files: { [to]: 'x' }, always: { [`${to.slice(0, -1)}z`]: 'y' } })).toMatchObject(SEEDED);
    expect(text(to)).toBe('x');
  });

  it.each([
    ['256 ASCII characters', 'a'.repeat(256)],
    ['100 characters of three bytes', '日'.repeat(100)],
  ])('leaves out a longer one, says so, and starts: %s', (_what, to) => {
    expect(seed({ files: { [to]: 'x', 'b.md': 'b' }, directories: [to] })).toMatchObject({
      ...SEEDED,
      stderr: expect.stringContaining('ENAMETOOLONG'),
    });
    expect(text('b.md')).toBe('b');
  });
});

describe('the seeding program and its plan', () => {
  it.each(['../x', '/etc/x', 'a/../../x'])('T-B12 stops at a name that leads out: %s', (to) => {
    expect(seed({ files: { [to]: 'x' } })).toMatchObject({ status: 1, stderr: expect.stringContaining('leads out of') });
    expect(existsSync(sandbox.path('state/.workspace-seeded.json'))).toBe(false);
  });

  it('T-B12 stops when a source is missing', () => {
    expect(seed({ folders: ['gone'] })).toMatchObject({ status: 1, stderr: expect.stringContaining('ENOENT') });
  });
});
