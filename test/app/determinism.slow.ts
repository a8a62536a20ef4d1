import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtPackage } from './built-package';
import { folderWith, instanceYaml, removeFolders, runProgram } from './program';

afterAll(removeFolders);

const EXAMPLES = join(__dirname, '..', '..', 'app', 'examples');

/** The manifests of a folder by file; the index is the bin's own. */
function manifests(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return Object.fromEntries(files.toSorted().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

/** `cdk8s synth` in a folder that has the built app, as the cdk8s command line runs it. */
function cdk8sSynth(instances: string, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-cdk8s-'));
  for (const name of ['lib', 'cdk8s.yaml', 'node_modules', 'package.json', 'app'])
    symlinkSync(join(builtPackage(), name), join(folder, name));
  const require = createRequire(__filename);
  const cli = join(dirname(require.resolve('cdk8s-cli/package.json')), 'bin', 'cdk8s');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'synth'], {
    cwd: folder,
    env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false', OPENCLAW_INSTANCES: instances, ...env },
    encoding: 'utf8',
  });
  const dist = join(folder, 'dist');
  const files = existsSync(dist) ? manifests(dist) : {};
  rmSync(folder, { recursive: true, force: true });
  return { status, stdout, stderr, written: files };
}

/** What the bin writes for these files. */
function written(files: Readonly<Record<string, string>>): Record<string, string> {
  const output = join(folderWith(), 'out');
  expect(runProgram(['synth', '-d', output, folderWith(files)]).code).toBe(0);
  return manifests(output);
}

describe('the same bytes', () => {
  let reference: string;
  beforeAll(() => {
    reference = runProgram(['synth', EXAMPLES]).stdout;
  });

  it.each<[string, Record<string, string>]>([
    ['a second run', {}],
    ['another time zone and language', { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }],
    [
      'settings of cdk8s',
      {
        CDK8S_DISABLE_SORT: '1',
        CDK8S_LEGACY_HASH: '1',
        CDK8S_RECORD_CONSTRUCT_METADATA: '1',
        CDK8S_OUTPUT_FILE_EXTENSION: '.json',
        CDK8S_OUTDIR: '/nowhere',
      },
    ],
    ['no home and no user', { HOME: '/nowhere', USER: '', NODE_ENV: 'production' }],
  ])('with %s', (_what, env) => {
    const { code, stdout } = runProgram(['synth', EXAMPLES], { env });
    expect({ code, same: stdout === reference }).toEqual({ code: 0, same: true });
  });

  it('whatever order files and documents come in', () => {
    const [alice, bob] = [instanceYaml('alice'), instanceYaml('bob')];
    expect(written({ 'a.yaml': `${alice}---\n${bob}` })).toEqual(written({ 'b/y.yaml': bob, 'x.yaml': alice }));
  });

  it('whatever the line ends of the input', () => {
    const text = instanceYaml('alice', { spec: '{workspace: {initialFiles: {a: "x\\ny"}}}' });
    expect(runProgram(['synth', '-'], { input: text.replaceAll('\n', '\r\n') }).stdout).toBe(
      runProgram(['synth', '-'], { input: text }).stdout,
    );
  });

  it('have LF only, and each document begins with ---', () => {
    expect(reference).not.toContain('\r');
    expect(reference.startsWith('---\n')).toBe(true);
    expect(reference.match(/^---$/gm)).toHaveLength(reference.match(/^kind: /gm)?.length ?? 0);
  });

  it('from cdk8s synth and openclaw-cdk8s synth --output-dir', () => {
    const output = join(folderWith(), 'out');
    expect(runProgram(['synth', '-d', output, EXAMPLES]).code).toBe(0);
    const { status, written: synthesized } = cdk8sSynth(EXAMPLES);
    expect({ status, written: synthesized }).toEqual({ status: 0, written: manifests(output) });
  });
});

describe('cdk8s synth', () => {
  it('reads the files and folders that OPENCLAW_INSTANCES names, parted as in PATH', () => {
    const [one, two] = [folderWith({ 'a.yaml': instanceYaml('alice') }), folderWith({ 'b.yaml': instanceYaml('bob') })];
    const { status, written: synthesized } = cdk8sSynth(`${one}:${two}/b.yaml:`);
    expect({ status, files: Object.keys(synthesized) }).toEqual({ status: 0, files: ['team-a.alice.k8s.yaml', 'team-a.bob.k8s.yaml'] });
  });

  it('tells every issue, and fails without a manifest', () => {
    const {
      status,
      stderr,
      stdout,
      written: synthesized,
    } = cdk8sSynth(folderWith({ 'a.yaml': instanceYaml('alice', { spec: '{imagee: {}}' }) }));
    expect({ ok: status === 0, written: synthesized }).toEqual({ ok: false, written: {} });
    expect(stderr + stdout).toContain('a.yaml:6:8: error: spec.imagee: unknown field; did you mean `image`?');
  });
});
