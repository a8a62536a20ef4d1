import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../../app/input/decode';
import { unreadable } from '../../../app/input/read-documents';
import { folderWith, instanceYaml, removeFolders, run } from '../program';

afterAll(removeFolders);

/** The first lines of `openclaw-cdk8s validate` on one file, without the folder. */
async function findings(text: string, ...args: string[]): Promise<string[]> {
  const folder = folderWith({ 'a.yaml': text });
  const { stderr } = await run('validate', ...args, join(folder, 'a.yaml'));
  return stderr.replaceAll(`${folder}/`, '').trimEnd().split('\n');
}

const configMap = (namespace: string, data: string): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: ${namespace}}\n${data}\n`;

const fromConfigMap = '{image: {tag: "2026.9.6"}, config: {configMapRef: {name: settings}}}';

/** One entry of a List. */
const item = (name: string): string =>
  `- apiVersion: openclaw.rocks/v1alpha1\n  kind: OpenClawInstance\n  metadata: {name: ${name}}\n  spec:\n    image: {tag: x, digets: y}\n`;

/** Cluster defaults that say where they stand, though they have no namespace. */
const defaultsIn = (namespace: string): string =>
  `---\napiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawClusterDefaults\nmetadata: {name: cluster, namespace: ${namespace}}\nspec: {}\n`;

describe('where objects come from', () => {
  it('reads several documents of a file', async () => {
    const folder = folderWith({ 'a.yaml': `${instanceYaml('alice')}---\n${instanceYaml('bob')}` });
    const { code, stdout, stderr } = await run('synth', folder);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^team-a\/alice: 10 objects\nteam-a\/bob: 10 objects\n/),
    });
    expect(stdout.match(/^kind: StatefulSet$/gm)).toHaveLength(2);
  });

  it.each(['utf16le', 'utf8'] as const)(
    'reads a file that begins with the mark of its encoding, as kubectl does (%s)',
    async (encoding) => {
      const folder = folderWith();
      writeFileSync(join(folder, 'a.yaml'), `\ufeff${instanceYaml('alice').replaceAll('\n', '\r\n')}`, encoding);
      const { code, stderr } = await run('synth', folder);
      expect({ code, first: stderr.split('\n')[0] }).toEqual({ code: 0, first: 'team-a/alice: 10 objects' });
    },
  );

  it('decodes the other order of bytes, too', () => {
    expect(decode(Buffer.from('\ufeffa: ö', 'utf16le').swap16())).toBe('a: ö');
  });

  it('refuses a file in another encoding, in which each strange byte would become another character', async () => {
    const folder = folderWith();
    writeFileSync(join(folder, 'a.yaml'), Buffer.from(`${instanceYaml('alice')}# \u00fc\n`, 'latin1'));
    const { code, stderr } = await run('synth', folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('a.yaml:1:1: error: is not in UTF-8: save it in UTF-8') });
  });

  it('reads the items of a List, with the line of each', async () => {
    const list = 'apiVersion: v1\nkind: List\nitems:\n';
    expect(await findings(list + item('alice') + item('bob'))).toEqual([
      'a.yaml:8:21: error: spec.image.digets: unknown field; did you mean `digest`?',
      'a.yaml:13:21: error: spec.image.digets: unknown field; did you mean `digest`?',
      '2 errors; nothing was written',
    ]);
  });

  it('reads a folder at any depth, by name, without hidden files and other kinds of file', async () => {
    const folder = folderWith({
      'b/c/carol.json': JSON.stringify({ apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata: { name: 'carol' } }),
      'alice.yaml': instanceYaml('alice'),
      'bob.yml': instanceYaml('bob'),
      '.hidden.yaml': 'nonsense',
      'node_modules/x/y.yaml': 'nonsense',
      'README.md': 'nonsense',
    });
    const { code, stdout } = await run('validate', '-o', 'json', folder);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { instances: { name: string }[] }).instances.map(({ name }) => name)).toEqual(['alice', 'carol', 'bob']);
  });

  it('reads a file of any ending that is named', async () => {
    const folder = folderWith({ 'instance.txt': instanceYaml('alice') });
    expect((await run('validate', join(folder, 'instance.txt'))).code).toBe(0);
  });

  it('puts objects that name no namespace into that of -n', async () => {
    const folder = folderWith({
      'a.yaml': `${instanceYaml('alice', { namespace: '' })}---\n${instanceYaml('bob', { namespace: 'elsewhere' })}`,
    });
    const { stdout } = await run('synth', '-n', 'elsewhere', folder);
    expect(new Set(stdout.match(/^ {2}namespace: .*/gm))).toEqual(new Set(['  namespace: elsewhere']));
  });

  it.each([
    ['OpenClawInstance', instanceYaml('bob')],
    ['ConfigMap', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: files\n  namespace: team-a\ndata: {}\n'],
    ['Secret', 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\n  namespace: team-a\n'],
  ])('an error for an %s of another namespace than -n says, as with kubectl', async (_kind, text) => {
    const folder = folderWith({ 'a.yaml': text, 'b.yaml': instanceYaml('alice', { namespace: '' }) });
    const { code, stdout, stderr } = await run('synth', '-n', 'elsewhere', folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /a\.yaml:5:3: error: metadata\.namespace: is "team-a", and the namespace that was asked for is "elsewhere": leave out -n, or give the same\n/,
    );
  });

  it('leaves the namespace out of objects that name none', async () => {
    const folder = folderWith({ 'a.yaml': instanceYaml('alice', { namespace: '' }) });
    const { code, stdout, stderr } = await run('synth', folder);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/^ {2}namespace:/m);
    expect(stderr).toContain('| kubectl create secret generic alice-gateway-token ');
  });
});

describe('what is wrong with files', () => {
  it('tells the line and column of text that is no YAML', async () => {
    expect((await findings('a: [1\n'))[0]).toMatch(/^a\.yaml:\d+:\d+: error: /);
  });

  it('names a file and a folder that are not there, and goes on with the rest', async () => {
    const folder = folderWith({ 'bad.yaml': instanceYaml('alice', { spec: '{imagee: {}, image: {tag: x}}' }) });
    const { code, stderr } = await run('validate', join(folder, 'none.yaml'), join(folder, 'bad.yaml'));
    expect(code).toBe(1);
    expect(stderr).toContain('none.yaml:1:1: error: cannot be read (ENOENT): name a file or folder that exists');
    expect(stderr).toContain('bad.yaml:6:8: error: spec.imagee');
  });

  it('names the one file of a folder that cannot be read', async () => {
    const folder = folderWith({
      'a.yaml': instanceYaml('alice'),
      'b.yaml': instanceYaml('bob', { spec: '{imagee: {}, image: {tag: x}}' }),
    });
    symlinkSync('nowhere', join(folder, 'aa.yaml'));
    const { stderr } = await run('validate', folder);
    expect(stderr).toContain(`${join(folder, 'aa.yaml')}:1:1: error: cannot be read (ENOENT)`);
    expect(stderr).toContain('b.yaml:6:8: error: spec.imagee');
  });

  it.each([
    ['EACCES', 'give yourself the right to read it, or name another one'],
    ['EPERM', 'give yourself the right to read it, or name another one'],
    ['ENOENT', 'name a file or folder that exists'],
  ])('has a remedy for a path that cannot be read: %s', (code, remedy) => {
    expect(unreadable(Object.assign(new Error('refused'), { code }))).toBe(`cannot be read (${code}): ${remedy}`);
  });

  it('wants something to read in a folder', async () => {
    expect((await run('validate', folderWith())).stderr).toContain('has no .yaml, .yml or .json file: name another folder');
  });

  it('wants an instance', async () => {
    expect(await findings('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n')).toEqual([
      'a.yaml:1:1: error: has no OpenClawInstance: add one',
      'a.yaml:1: note: Pod a is left out: nothing is made of it',
      '1 error; nothing was written',
    ]);
  });

  it('wants Kubernetes objects', async () => {
    expect((await findings('kind: Pod\n'))[0]).toBe('a.yaml:1:1: error: is not a Kubernetes object: it needs apiVersion and kind as text');
  });

  it.each([
    ['OpenclawInstance', 'did you mean OpenClawInstance?'],
    ['OpenClawClusterDefault', 'did you mean OpenClawClusterDefaults?'],
    ['Something', 'use OpenClawInstance, OpenClawClusterDefaults, OpenClawSelfConfig'],
  ])('answers the unknown kind %s with a hint', async (kind, hint) => {
    const [first] = await findings(instanceYaml('alice').replace('OpenClawInstance', kind));
    expect(first).toBe(`a.yaml:2:1: error: kind: "${kind}" is not a kind of openclaw.rocks/v1alpha1: ${hint}`);
  });

  it('answers another version of our group', async () => {
    const [first] = await findings(instanceYaml('alice').replace('v1alpha1', 'v1'));
    expect(first).toBe(
      'a.yaml:1:1: error: apiVersion: "openclaw.rocks/v1" is not the API version of "OpenClawInstance": write openclaw.rocks/v1alpha1',
    );
  });

  it('refuses two instances of one name, naming both places', async () => {
    const lines = await findings(
      `${instanceYaml('alice')}---\n${instanceYaml('alice')}---\n${instanceYaml('alice', { namespace: 'team-b' })}`,
    );
    expect(lines).toEqual([
      'a.yaml:11:3: error: metadata.name: "alice" stands at a.yaml:1 too: names must differ in one namespace',
      '1 error; nothing was written',
    ]);
  });

  it.each(['metadata: null', 'metadata: {}', 'metadata: x', ''])('wants a name (%s)', async (metadata) => {
    const [first] = await findings(`apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawInstance\n${metadata}\nspec: {}\n`);
    expect(first).toMatch(/^a\.yaml:\d:1: error: metadata\.name: is missing: give the object a name, as text$/);
  });

  it.each(['123', 'true', '[a]'])('wants a name that is text (%s)', async (name) => {
    const [first] = await findings(instanceYaml('alice').replace('name: alice', `name: ${name}`));
    expect(first).toBe('a.yaml:4:3: error: metadata.name: must be a text; put it in quotes');
  });

  it.each(['../../etc', 'a; touch pwned', '$(id)', 'A', 'x'.repeat(64), 'a.b'])(
    'refuses the namespace %j, which is part of paths and commands',
    async (namespace) => {
      const lines = await findings(instanceYaml('alice', { namespace: JSON.stringify(namespace) }));
      expect(lines[0]).toMatch(
        /^a\.yaml:5:3: error: metadata\.namespace: ".*" cannot be a namespace: use lower-case letters, digits and '-'$/,
      );
    },
  );

  it('shows control characters of a file as escapes, so that they do not steer the terminal', async () => {
    const lines = await findings(instanceYaml('alice', { spec: String.raw`{"a\e[31mb\nc": {}, image: {tag: x}}` }));
    expect(lines).toHaveLength(2);
    expect(lines.join('\n')).toContain(String.raw`\u001b[31mb\u000ac`);
    // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
    expect(lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('objects beside the instances', () => {
  it('takes the text of a referenced ConfigMap from any file', async () => {
    const folder = folderWith({
      'instance.yaml': instanceYaml('alice', { spec: fromConfigMap }),
      'z/settings.yaml': configMap('team-a', `data: {openclaw.json: '{"ui": {"assistant": {"name": "Ada"}}}'}`),
    });
    const { code, stdout } = await run('synth', folder);
    expect({ code, found: stdout.includes('"name": "Ada"') }).toEqual({ code: 0, found: true });
  });

  it.each([
    ['is in another namespace', configMap('team-b', `data: {openclaw.json: '{}'}`), 'ConfigMap "settings" was not found'],
    ['lacks the key', configMap('team-a', `data: {other: '{}'}`), 'ConfigMap "settings" has no key "openclaw.json"'],
    ['has no data', configMap('team-a', 'data: null'), 'ConfigMap "settings" has no key "openclaw.json"'],
    [
      'holds no JSON',
      configMap('team-a', `data: {openclaw.json: "{\\n  "}`),
      'the referenced text is not json: mend it at line 2, column 3',
    ],
    [
      'has comments',
      configMap('team-a', `data: {openclaw.json: '{} // none'}`),
      'the referenced text is not json but JSON5, with comments or the like: set config.format to json5',
    ],
    ['has a number', configMap('team-a', 'data: {openclaw.json: 5}'), 'data[openclaw.json]: must be a text: put it in quotes'],
    ['has a text for data', configMap('team-a', 'data: text'), 'data: must be a mapping from keys to texts'],
  ])('refuses a referenced ConfigMap that %s', async (_what, map, message) => {
    const lines = await findings(`${instanceYaml('alice', { spec: fromConfigMap })}${map}`);
    expect(lines.join('\n')).toContain(message);
    expect(lines.at(-1)).toMatch(/^\d errors?; nothing was written$/);
  });

  it('never repeats the text of a broken config', async () => {
    const lines = await findings(
      `${instanceYaml('alice', { spec: fromConfigMap })}${configMap('team-a', `data: {openclaw.json: '{"a": hunter2}'}`)}`,
    );
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('applies cluster defaults to every instance of the run', async () => {
    const defaults =
      '---\napiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawClusterDefaults\nmetadata: {name: cluster}\nspec: {registry: mirror.example.com}\n';
    const folder = folderWith({ 'a.yaml': `${instanceYaml('alice')}---\n${instanceYaml('bob')}${defaults}` });
    const { stdout } = await run('synth', folder);
    const images = stdout.match(/ image: .*/g) ?? [];
    expect(images.length).toBeGreaterThan(5);
    expect(images.filter((image) => !image.includes('mirror.example.com/'))).toEqual([]);
  });

  it.each([
    ['another name', 'metadata: {name: other}', 'metadata.name must be cluster'],
    ['an unknown field', 'metadata: {name: cluster}\nspec: {registri: a}', 'spec.registri: unknown field; did you mean `registry`?'],
  ])('refuses cluster defaults with %s', async (_what, rest, message) => {
    const lines = await findings(
      `${instanceYaml('alice')}---\napiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawClusterDefaults\n${rest}\n`,
    );
    expect(lines.join('\n')).toContain(message);
  });

  it('refuses a second set of cluster defaults, in whatever namespace', async () => {
    expect((await findings(instanceYaml('alice') + defaultsIn('a') + defaultsIn('b'))).join('\n')).toContain(
      '"cluster" stands at a.yaml:8 too',
    );
  });

  it('does not ask for a Secret that stands among the files, and never reads it', async () => {
    const secret =
      '---\napiVersion: v1\nkind: Secret\nmetadata: {name: alice-gateway-token, namespace: team-a}\nstringData: {token: hunter2hunter2}\n';
    const folder = folderWith({ 'a.yaml': instanceYaml('alice') + secret });
    const { stdout, stderr } = await run('synth', folder);
    expect(stderr).toBe('team-a/alice: 10 objects\n');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('tells what it leaves out', async () => {
    const { stderr } = await run(
      'synth',
      folderWith({ 'a.yaml': `${instanceYaml('alice')}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: team-a}\n` }),
    );
    expect(stderr).toContain('a.yaml:8: note: Namespace team-a is left out: nothing is made of it');
  });
});

describe('a file that may not be read', () => {
  it('is named with its reason', async () => {
    const folder = folderWith({ 'a.yaml': instanceYaml('alice') });
    chmodSync(join(folder, 'a.yaml'), 0o000);
    // Root reads everything.
    const expected = process.getuid?.() === 0 ? '' : 'a.yaml:1:1: error: cannot be read (EACCES)';
    expect((await run('validate', folder)).stderr).toContain(expected);
  });
});

describe('T-T13 the policy of an administrator among the files', () => {
  const greedy = instanceYaml('alice', {
    spec: '{image: {tag: "2026.9.6"}, security: {rbac: {additionalRules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]}}}',
  });
  const rules = '{"rules": [{"namespaces": ["team-a"], "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}';
  const policy = `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: openclaw-policy, namespace: openclaw-system}\ndata:\n  policy.json: '${rules}'\n`;

  it.each([
    ['without it', greedy, false],
    ['with it', `${greedy}${policy}`, true],
  ])('decides what synth writes, as in the controller: %s', async (_how, text, isThere) => {
    const { code, stdout } = await run('synth', '-n', 'team-a', join(folderWith({ 'a.yaml': text }), 'a.yaml'));
    expect([code, /- secrets$/m.test(stdout)]).toEqual([0, isThere]);
  });
});
