import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtPackage } from '../app/built-package';
import { fences, titleOf } from './pages';

const blocks = fences('ts');
const MODULES = join(__dirname, '..', '..', 'node_modules');
const require = createRequire(__filename);
const TSC = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

const TSCONFIG = {
  compilerOptions: { target: 'es2022', module: 'node20', types: ['node'], strict: true, skipLibCheck: true, outDir: 'out', rootDir: '.' },
  include: ['*.ts'],
};

/** A package of a user that depends on the built one, with one file a block. */
function userPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-user-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  for (const name of ['cdk8s', 'cdk8s-plus-28', 'constructs', '@types/node']) symlinkSync(join(MODULES, name), join(modules, name), 'dir');
  symlinkSync(builtPackage(), join(modules, 'openclaw-cdk8s'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const [index, { text }] of blocks.entries()) writeFileSync(join(folder, `block-${index}.ts`), text);
  return folder;
}

describe('TypeScript in pages', () => {
  let folder: string;
  beforeAll(() => {
    folder = userPackage();
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('type-checks as a program of a user', () => {
    const { status, stdout } = spawnSync(process.execPath, [TSC], { cwd: folder, encoding: 'utf8' });
    const told = stdout.replaceAll(/block-(\d+)\.ts/g, (_match, index: string) => titleOf(blocks[Number(index)]!));
    expect({ status, told }).toEqual({ status: 0, told: '' });
  }, 60_000);

  it.each(blocks.map((fence, index) => [titleOf(fence), index] as const))('%s runs', (_title, index) => {
    const { status, stderr } = spawnSync(process.execPath, [join('out', `block-${index}.js`)], { cwd: folder, encoding: 'utf8' });
    expect({ status, errors: status === 0 ? '' : stderr }).toEqual({ status: 0, errors: '' });
  });

  it('of the first page writes the manifests of its chart', () => {
    expect(existsSync(join(folder, 'dist', 'assistants.k8s.yaml'))).toBe(true);
  });
});
