import { folderWith, instanceYaml, removeFolders, run } from '../program';

afterAll(removeFolders);

/** What stands in folders of manifests beside them. Each with what is said of it. */
const FOREIGN: readonly (readonly [string, string, RegExp])[] = [
  ['kustomization.yaml', 'resources: [alice.yaml]\n', /is not a Kubernetes object/],
  [
    'kustomization.yml',
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n',
    /Kustomization .*nothing is made of it/,
  ],
  ['Chart.yaml', 'apiVersion: v2\nname: mine\nversion: 1.0.0\n', /is not a Kubernetes object/],
  ['values.yaml', 'replicas: 3\n', /is not a Kubernetes object/],
  [
    'template.yaml',
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n{{- if .Values.x }}\n',
    /names nothing of ours/,
  ],
  ['patch.yaml', '- op: remove\n  path: /spec\n', /is not a Kubernetes object/],
  ['mkdocs.yml', 'emoji: !!python/name:material.twemoji\n', /names nothing of ours/],
  ['package.json', '{"name": "x"}', /is not a Kubernetes object/],
  ['tsconfig.json', '{ // with comments\n  "a": 1 }', /./],
  ['broken.yaml', 'a: [', /names nothing of ours/],
  ['empty.yaml', '', /^$/],
];

describe('T-R27 files of others in a folder', () => {
  it.each(FOREIGN)('%s is left out with one line at most', async (name, text, said) => {
    const folder = folderWith({ 'alice.yaml': instanceYaml('alice'), [name]: text });
    const { code, stdout, stderr } = await run('synth', folder);
    expect({ code, objects: stdout.match(/^kind: /gm)?.length }).toEqual({ code: 0, objects: 10 });
    const notes = stderr.split('\n').filter((line) => line.includes(': note: '));
    expect(notes.length).toBeLessThanOrEqual(1);
    expect(notes.join('\n')).toMatch(said);
  });

  it('templates of a Helm chart are left out with one line, whatever is in them', async () => {
    const folder = folderWith({
      'alice.yaml': instanceYaml('alice'),
      'chart/Chart.yaml': 'apiVersion: v2\nname: mine\n',
      'chart/templates/a.yaml': '{{ if .Values.x }}\n',
      'chart/templates/instance.yaml': instanceYaml('{{ .Release.Name }}'),
    });
    const { code, stderr } = await run('validate', folder);
    expect(code).toBe(0);
    expect(stderr).toContain(`${folder}/chart/templates:1: note: is left out: it holds templates of a Helm chart, render them first\n`);
    expect(stderr).not.toContain('instance.yaml');
  });

  it.each([
    ['broken YAML', 'apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawInstance\nmetadata: {name: bob\n'],
    ['no apiVersion', 'kind: OpenClawInstance\nmetadata: {name: bob}\n'],
    ['a template of an instance', 'apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawInstance\nmetadata:\n  name: x\n{{- if .x }}\n'],
  ])('a file of ours with %s is never passed over', async (_what, text) => {
    const { code, stdout } = await run('synth', folderWith({ 'alice.yaml': instanceYaml('alice'), 'bob.yaml': text }));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it.each(FOREIGN.filter(([name]) => !/^(empty|kustomization\.yml)/.test(name)))('%s is an error where it is named', async (name, text) => {
    const folder = folderWith({ 'alice.yaml': instanceYaml('alice'), [name]: text });
    expect((await run('validate', `${folder}/alice.yaml`, `${folder}/${name}`)).code).toBe(1);
  });
});

function selfConfig(spec: string): string {
  return `apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawSelfConfig\nmetadata: {name: more, namespace: team-a}\nspec: ${spec}\n`;
}

function defaults(spec: string): string {
  return `apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawClusterDefaults\nmetadata: {name: cluster}\nspec: ${spec}\n`;
}

describe('T-R21 files without an instance', () => {
  it.each([
    ['OpenClawSelfConfig', selfConfig('{instanceRef: alice, addSkills: ["weather"]}')],
    ['OpenClawClusterDefaults', defaults('{registry: mirror.example.com}')],
  ])('with only an %s are checked for what they are', async (_kind, text) => {
    const folder = folderWith({ 'a.yaml': text });
    expect(await run('validate', folder)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run('synth', folder)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each([
    [
      'OpenClawSelfConfig',
      selfConfig('{instanceReff: alice, addSkills: [weather]}'),
      'spec.instanceReff: unknown field; did you mean `instanceRef`?',
    ],
    ['OpenClawClusterDefaults', defaults('{registri: a}'), 'spec.registri: unknown field; did you mean `registry`?'],
  ])('with a mistake in the %s are refused', async (_kind, text, message) => {
    const { code, stderr } = await run('validate', folderWith({ 'a.yaml': text }));
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  it.each(['openclaw.io/v1alpha1', 'openclaw.ai/v1', 'v1', 'apps/v1'])(
    'with an instance of the group %s name the wrong apiVersion',
    async (apiVersion) => {
      const text = instanceYaml('alice').replace('openclaw.rocks/v1alpha1', apiVersion);
      const { code, stderr } = await run('validate', folderWith({ 'a.yaml': text }));
      expect(code).toBe(1);
      expect(stderr).toContain(
        `a.yaml:1:1: error: apiVersion: "${apiVersion}" is not the API version of "OpenClawInstance": write openclaw.rocks/v1alpha1\n`,
      );
      expect(stderr).not.toContain('has no OpenClawInstance');
    },
  );
});
