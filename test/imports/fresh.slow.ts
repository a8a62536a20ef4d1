import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importsFolder } from './schemas';

// Each check is a program of its own, which a busy machine may let wait.
jest.setTimeout(30_000);

function check(folder: string): { readonly status: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'generate.mjs'), '--check', '--quick'], { encoding: 'utf8' });
  return { status, stderr };
}

describe('npm run import:check', () => {
  test('finds that every generated file is what its source gives', () => {
    expect(check(importsFolder)).toEqual({ status: 0, stderr: '' });
  });

  describe('in a copy', () => {
    let root: string;
    let copy: string;

    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'openclaw-imports-'));
      copy = join(root, 'imports');
      cpSync(importsFolder, copy, { recursive: true });
      symlinkSync(join(importsFolder, '..', 'node_modules'), join(root, 'node_modules'));
    });

    afterEach(() => rmSync(root, { recursive: true, force: true }));

    const edit = (file: string, change: (text: string) => string): void =>
      writeFileSync(join(copy, file), change(readFileSync(join(copy, file), 'utf8')));

    test('names the files that a change of a source makes stale, the L1 file too', () => {
      edit('source/openclawinstance.yaml', (text) => text.replace('default: 10Gi', 'default: 11Gi'));
      expect(check(copy).stderr.trim().split('\n').toSorted()).toEqual(
        [
          'crds/all.yaml',
          'crds/openclawinstances.yaml',
          'openclaw.rocks.ts',
          'schemas/openclawinstances.defaults.json',
          'schemas/openclawinstances.json',
          'types.ts',
        ].map((file) => `imports/${file} is not fresh; run: npm run import`),
      );
    });

    test('names a generated file that was edited by hand', () => {
      edit('types.ts', (text) => `${text}\n`);
      expect(check(copy)).toEqual({ status: 1, stderr: 'imports/types.ts is not fresh; run: npm run import\n' });
    });

    test('refuses a misspelt schema key', () => {
      edit('source/openclawinstance.yaml', (text) => text.replace('maxItems: 20', 'maxItem: 20'));
      expect(check(copy).stderr).toMatch(/OpenClawInstance\.spec\S*: unknown schema keys "maxItem"/);
    });

    test('refuses a rule that asks for a default which is not there', () => {
      edit('source/openclawinstance.yaml', (text) => text.replace('orDefault(self.suspended)', 'orDefault(self.registry)'));
      expect(check(copy).stderr).toContain('orDefault(self.registry): that field has no plain default');
    });

    test('refuses an unknown type', () => {
      edit('source/openclawinstance.yaml', (text) => text.replace('x-kubernetes-type: VolumeMount', 'x-kubernetes-type: VolumeMont'));
      expect(check(copy).stderr).toContain('unknown x-kubernetes-type VolumeMont');
    });
  });
});
