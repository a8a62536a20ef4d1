import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { transformSync } from 'esbuild';
import { asset } from '../../constructs/wire/assets';

const CONSTRUCTS = join(__dirname, '..', '..', 'constructs');

/** Whether a program is on the PATH of the tests. */
function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** What esbuild prints of a program: the same text for the same tokens, wherever lines break and whatever comments say. */
function parsed(program: string): string {
  return transformSync(program, { loader: 'js', format: 'esm', minifyWhitespace: true, legalComments: 'none' }).code;
}

const files = readdirSync(CONSTRUCTS, { recursive: true, encoding: 'utf8' });
const shellPrograms = files.filter((file) => file.endsWith('.sh')).sort();
const nodePrograms = files.filter((file) => file.endsWith('.mjs')).sort();

describe('every program that runs in a pod', () => {
  it('is known here', () => {
    expect(shellPrograms).toEqual([
      'core/agent/disk-readiness.sh',
      'core/gateway/start-proxy.sh',
      'features/backup/transfer.sh',
      'features/chromium/start-headless-shell.sh',
      'features/ollama/pull-models.sh',
      'features/runtime-deps/install-python.sh',
      'features/self-configure/selfconfig.sh',
      'features/tailscale/copy-cli.sh',
      'features/web-terminal/start-terminal-proxy.sh',
    ]);
    expect(nodePrograms).toEqual([
      'core/config/install-config.mjs',
      'core/installer/install.mjs',
      'core/volume/prepare-volume.mjs',
      'core/volume/volume.mjs',
      'features/backup/snapshot-databases.mjs',
      'features/self-configure/selfconfig.mjs',
      'features/workspace/seed.mjs',
    ]);
  });

  it.each(shellPrograms)('T-B12 %s stops at the first error', (file) => {
    expect(readFileSync(join(CONSTRUCTS, file), 'utf8')).toMatch(/^#!\/bin\/sh\nset -eu\n/);
  });

  it.each(nodePrograms)('%s is read by node, and imports what node brings and the module beside it, nothing else', (file) => {
    const path = join(CONSTRUCTS, file);
    expect(spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const imports = [...readFileSync(path, 'utf8').matchAll(/from '([^']+)'/g)].map(([, name]) => name);
    expect(imports.filter((name) => !name?.startsWith('node:') && name !== './volume.mjs')).toEqual([]);
    expect(imports.length).toBeGreaterThan(0);
  });

  it.each(nodePrograms)('%s is delivered without its comments, and a parser finds the same program in it', (file) => {
    const [source, delivered] = [readFileSync(join(CONSTRUCTS, file), 'utf8'), asset(CONSTRUCTS, file)];
    expect(delivered.length).toBeLessThan(0.9 * source.length);
    expect(delivered.split('\n').filter((line) => /^\s*(?:\/\/|\/\*|\*\/|\* )/.test(line))).toEqual([]);
    expect(parsed(delivered)).toBe(parsed(source));
  });

  it.each([...shellPrograms, 'core/gateway/nginx.conf'])('%s is delivered as it is', (file) => {
    expect(asset(CONSTRUCTS, file)).toBe(readFileSync(join(CONSTRUCTS, file), 'utf8'));
  });

  it('is text with line feeds that ends in one', () => {
    for (const file of [...shellPrograms, ...nodePrograms]) {
      const text = readFileSync(join(CONSTRUCTS, file), 'utf8');
      expect([relative('.', file), text.includes('\r'), text.endsWith('\n')]).toEqual([file, false, true]);
    }
  });
});

(isInstalled('shellcheck') ? describe : describe.skip)('shellcheck (skipped where it is not installed)', () => {
  it('finds nothing', () => {
    const { stdout, status } = spawnSync('shellcheck', ['--shell=sh', ...shellPrograms.map((file) => join(CONSTRUCTS, file))], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, '']);
  });
});
