import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileName } from '../../../app/cli/file-sink';
import { folderWith, instanceYaml, removeFolders, run } from '../program';

afterAll(removeFolders);

const INDEX = '.openclaw-index';

/** Every file of a folder with its bytes and its time, so that any change shows. */
function tree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => lstatSync(join(folder, file)).isFile());
  return Object.fromEntries(
    files.toSorted().map((file) => [file, `${statSync(join(folder, file)).mtimeMs} ${readFileSync(join(folder, file), 'utf8')}`]),
  );
}

/** A folder of instances, and an output folder with what `synth` made of them. */
async function synthesized(...names: string[]): Promise<{ input: string; output: string }> {
  const input = folderWith(Object.fromEntries(names.map((name) => [`${name}.yaml`, instanceYaml(name)])));
  const output = join(folderWith(), 'new', 'out');
  expect((await run('synth', '-d', output, input)).code).toBe(0);
  return { input, output };
}

describe('openclaw-cdk8s synth --output-dir', () => {
  it('makes the folder, one file an instance and an index', async () => {
    const { output } = await synthesized('alice', 'bob');
    expect(Object.keys(tree(output))).toEqual([INDEX, 'team-a.alice.k8s.yaml', 'team-a.bob.k8s.yaml']);
    expect(readFileSync(join(output, 'team-a.alice.k8s.yaml'), 'utf8')).toMatch(/^---\napiVersion: v1\nkind: ServiceAccount\n[^\r]*\n$/);
  });

  it('leaves no file in the folder that kubectl would take for a manifest and that is none', async () => {
    const { output } = await synthesized('alice');
    const read = Object.entries(tree(output)).filter(([file]) => /\.(json|ya?ml)$/.test(file));
    expect(read.map(([file]) => file)).toEqual(['team-a.alice.k8s.yaml']);
  });

  it('names a file without a namespace by the instance', () => {
    expect([fileName({ name: 'alice' }), fileName({ name: 'alice', namespace: 'team-a' })]).toEqual([
      'alice.k8s.yaml',
      'team-a.alice.k8s.yaml',
    ]);
  });

  it('writes the text that goes to standard output without it', async () => {
    const { input, output } = await synthesized('alice', 'bob');
    const { stdout } = await run('synth', input);
    expect(stdout).toBe(['alice', 'bob'].map((name) => readFileSync(join(output, `team-a.${name}.k8s.yaml`), 'utf8')).join(''));
  });

  it('touches no file that stays as it is', async () => {
    const { input, output } = await synthesized('alice', 'bob');
    const before = tree(output);
    const { stderr } = await run('synth', '-d', output, input);
    expect(tree(output)).toEqual(before);
    expect(stderr).toContain('2 files unchanged');
  });

  it('T-R4 replaces what changed, with --prune deletes what is gone, and says what that means', async () => {
    const { input, output } = await synthesized('alice', 'bob', 'carol');
    const before = tree(output);
    writeFileSync(join(input, 'alice.yaml'), instanceYaml('alice', { spec: '{image: {tag: "2026.9.5"}}' }));
    writeFileSync(join(input, 'bob.yaml'), instanceYaml('dave'));
    const { stderr } = await run('synth', '--prune', '-d', output, input);
    expect(stderr).toContain('A deleted file deletes nothing in a cluster by itself');
    expect(stderr.split('\n').filter((line) => line.startsWith(output))).toEqual([
      `${output}/team-a.alice.k8s.yaml: configured`,
      `${output}/team-a.bob.k8s.yaml: deleted`,
      `${output}/team-a.dave.k8s.yaml: created`,
    ]);
    const after = tree(output);
    expect(after['team-a.carol.k8s.yaml']).toBe(before['team-a.carol.k8s.yaml']);
    expect(Object.keys(after)).toEqual([INDEX, 'team-a.alice.k8s.yaml', 'team-a.carol.k8s.yaml', 'team-a.dave.k8s.yaml']);
  });

  it('T-R4 keeps the file of an instance that is gone, says so, and deletes it when it is told to later', async () => {
    const { input, output } = await synthesized('alice', 'bob');
    rmSync(join(input, 'bob.yaml'));
    for (const _again of [1, 2]) {
      const { code, stderr } = await run('synth', '-d', output, input);
      expect({ code, files: Object.keys(tree(output)) }).toEqual({
        code: 0,
        files: [INDEX, 'team-a.alice.k8s.yaml', 'team-a.bob.k8s.yaml'],
      });
      expect(stderr).toContain(
        `${output}/team-a.bob.k8s.yaml: no instance makes it any more\n1 file without an instance stay; --prune deletes`,
      );
    }
    await run('synth', '--prune', '-d', output, input);
    expect(Object.keys(tree(output))).toEqual([INDEX, 'team-a.alice.k8s.yaml']);
  });

  it('T-R4 keeps every file where the input has no instance at all, --prune or not', async () => {
    const { output } = await synthesized('alice');
    const defaults = 'apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawClusterDefaults\nmetadata: {name: cluster}\nspec: {}\n';
    const { code } = await run('synth', '--prune', '-d', output, folderWith({ 'a.yaml': defaults }));
    expect({ code, files: Object.keys(tree(output)) }).toEqual({ code: 0, files: [INDEX, 'team-a.alice.k8s.yaml'] });
  });

  it('--dry-run tells what would happen, and changes nothing', async () => {
    const { input, output } = await synthesized('alice', 'bob');
    const before = tree(output);
    writeFileSync(join(input, 'alice.yaml'), instanceYaml('alice', { spec: '{image: {tag: "2026.9.5"}}' }));
    writeFileSync(join(input, 'bob.yaml'), instanceYaml('dave'));
    const { code, stderr } = await run('synth', '--dry-run', '--prune', '-d', output, input);
    expect({ code, after: tree(output) }).toEqual({ code: 0, after: before });
    expect(stderr.split('\n').filter((line) => line.startsWith(output))).toEqual([
      `${output}/team-a.alice.k8s.yaml: configured`,
      `${output}/team-a.bob.k8s.yaml: deleted`,
      `${output}/team-a.dave.k8s.yaml: created`,
    ]);
    expect(stderr).toMatch(/dry run: nothing was written\n$/);
    const nowhere = join(folderWith(), 'new');
    await run('synth', '--dry-run', '-d', nowhere, input);
    expect(existsSync(nowhere)).toBe(false);
  });

  it('mends a file of its own that somebody edited or removed', async () => {
    const { input, output } = await synthesized('alice', 'bob');
    const before = tree(output);
    writeFileSync(join(output, 'team-a.alice.k8s.yaml'), 'edited');
    await run('synth', '-d', output, input);
    expect(Object.keys(tree(output))).toEqual(Object.keys(before));
    expect(readFileSync(join(output, 'team-a.alice.k8s.yaml'), 'utf8')).toMatch(/^---\n/);
  });

  it.each([
    ['an unknown field', instanceYaml('bob', { spec: '{imagee: {}}' })],
    ['broken YAML', 'a: ['],
    ['no instance', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n'],
  ])('changes nothing for %s', async (_what, text) => {
    const { output } = await synthesized('alice');
    const before = tree(output);
    const { code, stdout, stderr } = await run('synth', '-d', output, folderWith({ 'a.yaml': text }));
    expect({ code, stdout, after: tree(output) }).toEqual({ code: 1, stdout: '', after: before });
    expect(stderr).toContain('nothing was written');
  });

  it('changes nothing where one instance of many has an error', async () => {
    const { input, output } = await synthesized('alice', 'bob');
    const before = tree(output);
    writeFileSync(join(input, 'alice.yaml'), instanceYaml('alice', { spec: '{image: {tag: "2026.9.5"}}' }));
    writeFileSync(join(input, 'bob.yaml'), instanceYaml('bob', { spec: '{gateway: {enabled: 5}}' }));
    expect((await run('synth', '-d', output, input)).code).toBe(1);
    expect(tree(output)).toEqual(before);
  });

  it('makes no folder for input with an error', async () => {
    const output = join(folderWith(), 'out');
    await run('synth', '-d', output, folderWith({ 'a.yaml': 'a: [' }));
    expect(existsSync(output)).toBe(false);
  });
});

describe('files that are not ours', () => {
  it('stay where they are', async () => {
    const { input, output } = await synthesized('alice');
    writeFileSync(join(output, 'team-a.other.k8s.yaml'), 'theirs');
    writeFileSync(join(output, 'README.md'), 'theirs');
    await run('synth', '-d', output, input);
    expect(Object.keys(tree(output))).toEqual([INDEX, 'README.md', 'team-a.alice.k8s.yaml', 'team-a.other.k8s.yaml']);
  });

  it('are refused where ours would stand, and nothing is written', async () => {
    const output = folderWith({ 'team-a.bob.k8s.yaml': 'theirs' });
    const before = tree(output);
    const { code, stderr } = await run(
      'synth',
      '-d',
      output,
      folderWith({ 'a.yaml': `${instanceYaml('alice')}---\n${instanceYaml('bob')}` }),
    );
    expect({ code, after: tree(output) }).toEqual({ code: 3, after: before });
    expect(stderr).toContain(
      `error: ${output}/team-a.bob.k8s.yaml exists and was not written by this command: move it away, or choose another output folder\n`,
    );
  });

  it('are all told of at once, a line each', async () => {
    const output = folderWith({ 'team-a.alice.k8s.yaml': 'theirs', 'team-a.bob.k8s.yaml': 'theirs' });
    const input = folderWith({ 'a.yaml': `${instanceYaml('alice')}---\n${instanceYaml('bob')}` });
    const { stderr } = await run('synth', '-d', output, input);
    const errors = stderr.split('\n').filter((line) => line.includes('was not written by this command'));
    expect(errors.map((line) => line.slice(0, line.indexOf(' exists')))).toEqual(
      ['alice', 'bob'].map((name) => `error: ${output}/team-a.${name}.k8s.yaml`),
    );
  });

  it('are refused when they are a folder or a link', async () => {
    const output = folderWith({ 'elsewhere.txt': 'theirs' });
    const input = folderWith({ 'a.yaml': instanceYaml('alice') });
    mkdirSync(join(output, 'team-a.alice.k8s.yaml'));
    expect((await run('synth', '-d', output, input)).stderr).toContain('exists and was not written by this command');
    const linked = folderWith({ 'elsewhere.txt': 'theirs', [INDEX]: '{"files": ["team-a.alice.k8s.yaml"]}' });
    symlinkSync('elsewhere.txt', join(linked, 'team-a.alice.k8s.yaml'));
    expect((await run('synth', '-d', linked, input)).code).toBe(3);
    expect(readFileSync(join(linked, 'elsewhere.txt'), 'utf8')).toBe('theirs');
  });

  it('are not written through by a link under the passing name', async () => {
    const output = folderWith({ 'elsewhere.txt': 'theirs' });
    symlinkSync('elsewhere.txt', join(output, 'team-a.alice.k8s.yaml.next'));
    expect((await run('synth', '-d', output, folderWith({ 'a.yaml': instanceYaml('alice') }))).code).toBe(0);
    expect(readFileSync(join(output, 'elsewhere.txt'), 'utf8')).toBe('theirs');
    expect(Object.keys(tree(output))).toEqual([INDEX, 'elsewhere.txt', 'team-a.alice.k8s.yaml']);
  });

  it('are never deleted by an index that somebody wrote', async () => {
    const parent = folderWith({
      x: 'theirs',
      'x.k8s.yaml': 'theirs',
      'out/README.md': 'theirs',
      'out/sub/y.k8s.yaml': 'theirs',
      'out/dir.k8s.yaml/z': 'theirs',
    });
    const output = join(parent, 'out');
    const files = [
      '../x',
      '../x.k8s.yaml',
      join(parent, 'x.k8s.yaml'),
      'sub/y.k8s.yaml',
      'README.md',
      'dir.k8s.yaml',
      '..',
      '.',
      '',
      5,
      null,
    ];
    writeFileSync(join(output, INDEX), JSON.stringify({ files }));
    const before = tree(parent);
    const { code, stderr } = await run('synth', '-d', output, folderWith({ 'a.yaml': instanceYaml('alice') }));
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('deleted') });
    expect(tree(parent)).toMatchObject(Object.fromEntries(Object.entries(before).filter(([file]) => !file.endsWith(INDEX))));
  });

  it.each(['{', 'null', '5', '{}', '{"files": "a"}', '[]'])(
    'an index that is none (%s) is said to be so, and nothing is written',
    async (text) => {
      const output = folderWith({ [INDEX]: text });
      const { code, stderr } = await run('synth', '-d', output, folderWith({ 'a.yaml': instanceYaml('alice') }));
      expect({ code, files: Object.keys(tree(output)) }).toEqual({ code: 3, files: [INDEX] });
      expect(stderr).toContain(
        `error: ${output}/${INDEX} is not the index that this command writes: delete it and the files that it listed\n`,
      );
    },
  );
});

describe('a folder that cannot take files', () => {
  it('is an error with a remedy, not a stack', async () => {
    const folder = folderWith({ 'a.yaml': instanceYaml('alice'), file: '' });
    const { code, stderr } = await run('synth', '-d', join(folder, 'file'), join(folder, 'a.yaml'));
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /\nerror: .*\/file\/\.openclaw-index cannot be written \(ENOTDIR\): choose another output folder, or make it a folder that you may write to\n$/,
    );
  });

  it('must have a name', async () => {
    expect((await run('synth', '-d', '', 'a.yaml')).stderr).toBe(
      'error: the value of --output-dir is empty: name a folder, or leave the option out\n',
    );
  });
});
