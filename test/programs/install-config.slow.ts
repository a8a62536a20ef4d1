import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Sandbox } from './sandbox';

const PROGRAM = 'core/config/install-config.mjs';
const AS_ROOT = process.getuid?.() === 0;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  mkdirSync(sandbox.path('state'));
});
afterEach(() => sandbox.remove());

interface Options {
  readonly mode?: 'overwrite' | 'merge';
  readonly forcePaths?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the program on a config, against whatever is on the volume. */
function install(config: unknown, { mode = 'overwrite', forcePaths = [], env }: Options = {}, uid?: number) {
  const source = sandbox.write('config/openclaw.json', typeof config === 'string' ? config : `${JSON.stringify(config, null, 2)}\n`);
  const plan = { source, target: sandbox.path('state/openclaw.json'), mode, forcePaths, application: sandbox.path('app') };
  return sandbox.node(PROGRAM, plan, uid, env);
}

const installed = (): unknown => JSON.parse(sandbox.read('state/openclaw.json'));

/** The parser of the application, as far as the tests need it. */
function withApplication(): void {
  sandbox.write('app/package.json', '{"name":"application"}');
  sandbox.write('app/node_modules/json5/package.json', '{"name":"json5","main":"index.js"}');
  sandbox.write('app/node_modules/json5/index.js', `module.exports = require(${JSON.stringify(require.resolve('json5'))});`);
}

describe('the config program', () => {
  it('writes the config, for its user only', () => {
    expect(install({ a: 1 })).toMatchObject({ status: 0, stderr: expect.stringContaining('wrote') });
    expect(installed()).toEqual({ a: 1 });
    expect(statSync(sandbox.path('state/openclaw.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(sandbox.path('state')).sort()).toEqual(['.install-config.next', 'openclaw.json']);
  });

  it('replaces the file in mode overwrite, byte for byte', () => {
    sandbox.write('state/openclaw.json', '{"theirs":true}');
    install('{"a":  1}');
    expect(sandbox.read('state/openclaw.json')).toBe('{"a":  1}');
  });

  it.each(['overwrite', 'merge'] as const)('writes nothing in mode %s when nothing differs', (mode) => {
    install({ a: 1 }, { mode });
    const file = sandbox.path('state/openclaw.json');
    utimesSync(file, 1000, 1000);
    const { ino } = statSync(file);
    expect(install({ a: 1 }, { mode })).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(file)).toMatchObject({ mtimeMs: 1_000_000, ino });
  });

  it('T-B1 T-B3 never leaves half of a file: the new one is renamed into place, in the same folder', () => {
    sandbox.write('state/openclaw.json', 'old');
    const { ino } = statSync(sandbox.path('state/openclaw.json'));
    install({ a: 1 });
    expect(statSync(sandbox.path('state/openclaw.json')).ino).not.toBe(ino);
    expect(readdirSync(sandbox.path('state'))).toEqual(['.install-config.next', 'openclaw.json']);
  });

  it('replaces a link instead of following it', () => {
    sandbox.write('elsewhere.json', 'untouched');
    symlinkSync(sandbox.path('elsewhere.json'), sandbox.path('state/openclaw.json'));
    symlinkSync(sandbox.path('elsewhere.json'), sandbox.path('state/.install-config.next'));
    expect(install({ a: 1 }).status).toBe(0);
    expect(sandbox.read('elsewhere.json')).toBe('untouched');
    expect(installed()).toEqual({ a: 1 });
  });

  it('moves a folder that stands in the way aside, so that the agent cannot keep its pod from starting', () => {
    sandbox.write('state/openclaw.json/inner', 'x');
    expect(install({ a: 1 })).toMatchObject({ status: 0 });
    expect(installed()).toEqual({ a: 1 });
    expect(sandbox.read('state/openclaw.json.broken/inner')).toBe('x');
  });

  it('T-B12 stops with a message when it cannot write', () => {
    sandbox.write('state-file', '');
    rmdirSync(sandbox.path('state'));
    symlinkSync(sandbox.path('state-file'), sandbox.path('state'));
    expect(install({ a: 1 })).toMatchObject({ status: 1, stderr: expect.stringMatching(/ENOTDIR|ELOOP/) });
  });

  it('stops when its source is missing', () => {
    const target = sandbox.path('state/openclaw.json');
    const plan = { source: sandbox.path('gone.json'), target, mode: 'overwrite', forcePaths: [], application: '/none' };
    expect(sandbox.node(PROGRAM, plan)).toMatchObject({ status: 1, stderr: expect.stringContaining('ENOENT') });
  });
});

(AS_ROOT ? describe : describe.skip)('the config program as another user (skipped where the tests cannot change it)', () => {
  it('T-B12 stops with a message on a volume that belongs to somebody else', () => {
    chmodSync(sandbox.folder, 0o755);
    expect(install({ a: 1 }, {}, 1000)).toMatchObject({ status: 1, stderr: expect.stringContaining('EACCES') });
    expect(readdirSync(sandbox.path('state'))).toEqual([]);
  });
});

const merge = (theirs: unknown, ours: unknown, forcePaths: readonly string[] = []): unknown => {
  sandbox.write('state/openclaw.json', JSON.stringify(theirs));
  expect(install(ours, { mode: 'merge', forcePaths }).status).toBe(0);
  return installed();
};

/** Makes a program say how many KiB it ever had in memory. */
const MEASURED = {
  NODE_OPTIONS: "--import=data:text/javascript,process.on('exit',()=>console.error('KiB',process.resourceUsage().maxRSS))",
};

describe('T-R8 the config program and large texts', () => {
  const MIB = 1024 * 1024;
  it.each<[string, string]>([
    ['brackets', '['.repeat(MIB)],
    ['brackets after a comment with a quote', `//"\u2028${'['.repeat(MIB - 8)}`],
    ['brackets with strings that close them', '["]",'.repeat(MIB / 5)],
    ['objects', '{"a":'.repeat(MIB / 5)],
    ['objects of JSON5', '{a:'.repeat(MIB / 3)],
    ['many small objects', `{"a":[${'{},'.repeat(MIB / 3 - 10)}1]}`],
    ['many small lists of JSON5', `{a:[${'[],'.repeat(MIB / 3 - 10)}]}`],
    ['lists of a hundred levels', `{"a":[${`${'['.repeat(98)}1${']'.repeat(98)},`.repeat(5200)}1]}`],
    ['escaped quotes', '\\"'.repeat(MIB / 2)],
    ['a text without end', `{"a":"${'x'.repeat(MIB - 10)}`],
    ['slashes', '/'.repeat(MIB)],
    ['stars and slashes', '/*'.repeat(MIB / 2)],
  ])('takes little memory for %s', (_what, text) => {
    withApplication();
    sandbox.write('state/openclaw.json', text);
    const { status, stderr } = install({ b: 1 }, { mode: 'merge', env: MEASURED });
    expect([status, installed()]).toEqual([0, expect.objectContaining({ b: 1 })]);
    // The container has 256 MiB.
    expect(Number(/KiB (\d+)/.exec(stderr)?.[1])).toBeLessThan(192 * 1024);
  });
});

describe('the config program in mode merge', () => {
  it('writes the config where there is none', () => {
    expect(install({ a: 1 }, { mode: 'merge' }).status).toBe(0);
    expect(installed()).toEqual({ a: 1 });
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['keeps what was changed at run time', { mine: 1, deep: { x: 1 } }, { deep: { y: 2 } }, { mine: 1, deep: { x: 1, y: 2 } }],
    ['lets the config win', { a: 1, deep: { x: 1 } }, { a: 2, deep: { x: 3 } }, { a: 2, deep: { x: 3 } }],
    ['replaces lists', { list: [1, 2, 3] }, { list: [4] }, { list: [4] }],
    ['replaces an object by a text and a text by an object', { a: { x: 1 }, b: 'x' }, { a: 'y', b: { z: 1 } }, { a: 'y', b: { z: 1 } }],
    ['writes null and false', { a: 1, b: true }, { a: null, b: false }, { a: null, b: false }],
    ['merges deeply', { a: { b: { c: { d: 1 } } } }, { a: { b: { c: { e: 2 } } } }, { a: { b: { c: { d: 1, e: 2 } } } }],
  ])('%s', (_what, theirs, ours, expected) => {
    expect(merge(theirs, ours)).toEqual(expected);
  });

  it('T-B11 removes forced paths first, so that what was deleted from the config, or added by somebody else, goes', () => {
    const theirs = { models: { providers: { rogue: { baseUrl: 'http://evil' }, ours: {} }, other: 1 }, gateway: { auth: 'x' } };
    const expected = { models: { providers: { ours: { a: 1 } }, other: 1 }, gateway: {} };
    expect(merge(theirs, { models: { providers: { ours: { a: 1 } } } }, ['models.providers', 'gateway.auth'])).toEqual(expected);
  });

  it('T-B11 forced paths that are not there, or lead through other values, do no harm', () => {
    expect(
      merge({ a: 'text', list: [1] }, { b: 1 }, ['x', 'a.b.c', 'list.0', '__proto__', '__proto__.polluted', 'constructor.name']),
    ).toEqual({
      a: 'text',
      list: [1],
      b: 1,
    });
  });

  it('lets no `__proto__` reach a prototype', () => {
    sandbox.write('state/openclaw.json', '{"__proto__":{"x":1},"a":{}}');
    expect(install('{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}}}', { mode: 'merge' }).status).toBe(0);
    expect(sandbox.read('state/openclaw.json')).not.toContain('polluted');
  });

  it.each([
    ['broken JSON', '{"a":'],
    ['a list', '[1]'],
    ['a text', '"x"'],
    ['nothing', ''],
  ])('T-B11 moves a file with %s aside and starts from the config', (_what, text) => {
    sandbox.write('state/openclaw.json', text);
    sandbox.write('state/openclaw.json.broken', 'an older one');
    expect(install({ a: 1 }, { mode: 'merge' })).toMatchObject({ status: 0, stderr: expect.stringContaining('openclaw.json.broken') });
    expect(installed()).toEqual({ a: 1 });
    expect(sandbox.read('state/openclaw.json.broken')).toBe('an older one');
    expect(sandbox.read('state/openclaw.json.broken-2')).toBe(text);
  });

  it('T-B10 reads a file with comments by the parser of the application, and without a registry', () => {
    withApplication();
    sandbox.write('state/openclaw.json', "{ // mine\n  mine: 'x', deep: { a: 1, }, }");
    expect(install({ deep: { b: 2 } }, { mode: 'merge' })).toMatchObject({ status: 0 });
    expect(installed()).toEqual({ mine: 'x', deep: { a: 1, b: 2 } });
  });

  it('moves such a file aside where the application has no parser', () => {
    sandbox.write('state/openclaw.json', "{ mine: 'x' }");
    expect(install({ a: 1 }, { mode: 'merge' }).status).toBe(0);
    expect(installed()).toEqual({ a: 1 });
    expect(existsSync(join(sandbox.folder, 'state/openclaw.json.broken'))).toBe(true);
  });
});
