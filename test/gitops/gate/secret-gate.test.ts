import { createHash } from 'node:crypto';
import { GitError } from '../../../gitops/git/errors';
import { type GateOptions, refuseSecrets, secretFindings } from '../../../gitops/gate/secret-gate';
import { taintsOf } from '../../../gitops/gate/taint';
import { type Modifier, withConfig, withEnv, withIngress, withSpec } from '../../builders';
import { examples, renderExample } from '../../golden/examples';
import { aLayout, aSet } from '../layouts';

/** Built from pieces, so that no scanner of this repository takes it for a real one. */
const TOKEN = ['sk', 'ant', 'api03', 'Zx81kQpLmN02vBcD94TyUe'].join('-');
const DIRECTORY = 'clusters/prod-eu/instances/team-a/alice';
const CONFIG = `${DIRECTORY}/configmap.alice-config.yaml`;
const WORKLOAD = `${DIRECTORY}/statefulset.apps.alice.yaml`;

/** `file#pointer rule`, for each finding. */
function found(options: GateOptions, ...modifiers: readonly Modifier[]): string[] {
  const findings = secretFindings(aLayout(aSet('alice', ...modifiers)).files, options);
  expect(JSON.stringify(findings)).not.toContain('Zx81kQp');
  return findings.map(({ file, pointer, rule }) => `${file}#${pointer} ${rule}`);
}

it.each(examples().map((example) => [example.name, example] as const))('nothing in the example %s is refused', (_, example) => {
  const { instance, manifests } = renderExample(example);
  const { files } = aLayout({ name: instance.metadata.name, namespace: 'team-a', manifests });
  expect(secretFindings(files, { taints: taintsOf([TOKEN]) })).toEqual([]);
});

describe('text that looks like a secret', () => {
  const places: readonly [string, Modifier, string][] = [
    ['a variable', withEnv({ name: 'X', value: TOKEN }), `${WORKLOAD}#/spec/template/spec/containers/0/env/`],
    ['the config', withConfig({ channels: { discord: { note: `is ${TOKEN}` } } }), `${CONFIG}#/data/openclaw.json#/channels/discord/note`],
    ['a key of the config', withConfig({ skills: { entries: { [TOKEN]: {} } } }), `${CONFIG}#/data/openclaw.json#/skills/entries/*`],
    [
      'a literal under the name of a secret',
      withConfig({ models: { providers: { x: { apiKey: 'hunter2hunter2' } } } }),
      `${CONFIG}#/data/openclaw.json#/models/providers/x/apiKey`,
    ],
    [
      'a file of the workspace',
      withSpec({ workspace: { initialFiles: { 'USER.md': `# Me\n\nmy key is ${TOKEN}\n` } } }),
      `${DIRECTORY}/configmap.alice-workspace.yaml#/data/`,
    ],
    [
      'an annotation of the Ingress',
      withIngress('nginx', { annotations: { 'example.com/note': TOKEN } }),
      `${DIRECTORY}/ingress.networking.k8s.io.alice.yaml#/metadata/annotations/example.com~1note`,
    ],
    ['an annotation of the pod', withSpec({ podAnnotations: { note: TOKEN } }), `${WORKLOAD}#/spec/template/metadata/annotations/note`],
    [
      'an argument after its flag',
      withSpec({ sidecars: [{ name: 'x', image: 'x', args: ['--password', 'correct-horse'] }] }),
      `${WORKLOAD}#/spec/template/spec/containers/`,
    ],
    [
      'JSON inside JSON',
      withConfig({ x: JSON.stringify({ deep: JSON.stringify({ token: 'abcd1234efgh' }) }) }),
      `${CONFIG}#/data/openclaw.json#/x/deep/token`,
    ],
  ];

  it.each(places)('is found in %s', (_, modifier, place) => {
    const hits = secretFindings(aLayout(aSet('alice', modifier)).files).map(({ file, pointer, rule }) => `${file}#${pointer} ${rule}`);
    expect(hits).toHaveLength(1);
    expect(hits[0]).toContain(place);
    expect(hits[0]).toMatch(/ secret-text$/);
  });

  it('is refused with its place and without its value', () => {
    const { files } = aLayout(aSet('alice', withConfig({ a: TOKEN })));
    const refuse = (): void => refuseSecrets(files);
    expect(refuse).toThrow(GitError);
    expect(refuse).toThrow(`SECRET-FOUND: what looks like a secret must not be committed: ${CONFIG}#/data/openclaw.json#/a (secret-text)`);
  });

  it('is a reference where it names a Secret or a variable', () => {
    expect(
      found(
        {},
        withConfig({ models: { providers: { x: { apiKey: '${MODEL_KEY}' } } } }),
        withSpec({ gateway: { existingSecret: 'alice-gateway-token' } }),
      ),
    ).toEqual([]);
  });
});

describe('the value of a Secret', () => {
  const VALUE = 'tr0ub4dor&3/xyz';
  const taints = taintsOf([VALUE]);
  const forms: readonly [string, string][] = [
    ['as it is', `before ${VALUE} after`],
    ['in Base64', Buffer.from(VALUE).toString('base64')],
    ['in Base64 after one byte', Buffer.from(`a${VALUE}b`).toString('base64')],
    ['in Base64 after two bytes', Buffer.from(`ab${VALUE}`).toString('base64')],
    ['in Base64 for URLs', Buffer.from(`x:${VALUE}`).toString('base64url')],
    ['encoded for a URL', `https://example.com/?q=${encodeURIComponent(VALUE)}`],
    ['encoded in lower case', encodeURIComponent(VALUE).replaceAll(/%../g, (text) => text.toLowerCase())],
    ['as a text of JSON that is no JSON', `x = ${JSON.stringify(VALUE)},`],
  ];

  it.each(forms)('is found %s', (_, text) => {
    expect(found({ taints }, withConfig({ note: text }))).toEqual([`${CONFIG}#/data/openclaw.json#/note referenced-secret`]);
  });

  it('is found in keys, line by line in a private key, and inside the credentials of a registry', () => {
    expect(found({ taints }, withConfig({ [VALUE]: 1 }))).toHaveLength(1);
    const line = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAA';
    expect(found({ taints: taintsOf([`-----BEGIN\n${line}\n-----END`]) }, withConfig({ a: line }))).toHaveLength(1);
    const registry = JSON.stringify({ auths: { 'ghcr.io': { username: 'someone', password: 'Pa55-w0rd-x', auth: 'x' } } });
    expect(found({ taints: taintsOf([registry]) }, withConfig({ a: 'is Pa55-w0rd-x.' }))).toHaveLength(1);
    expect(found({ taints: taintsOf([registry]) }, withConfig({ a: 'ghcr.io of someone' }))).toEqual([]);
  });

  it.each(['short1', 'openclaw', 'aaaaaaaaaaaa', 'alice-config', '', '127.0.0.'])(
    '%j could be there by chance and is not looked for',
    (value) => {
      expect(found({ taints: taintsOf([value]) })).toEqual([]);
    },
  );

  it('is found in files without a document', () => {
    const files = [
      { path: 'a/b', text: `{"x": "${VALUE}"}` },
      { path: `a/${VALUE}`, text: '' },
    ];
    expect(secretFindings(files, { taints })).toEqual([
      { file: 'a/b', pointer: '#/x', rule: 'referenced-secret' },
      { file: `a/${VALUE}`, pointer: '', rule: 'referenced-secret' },
    ]);
  });
});

describe('an exemption', () => {
  const sha256 = createHash('sha256').update(TOKEN).digest('hex');
  const exemption = { file: CONFIG, pointer: '/data/openclaw.json#/a', sha256 };

  it('covers one value at one place', () => {
    expect(found({ exemptions: [exemption] }, withConfig({ a: TOKEN }))).toEqual([]);
    expect(found({ exemptions: [exemption], taints: taintsOf([TOKEN]) }, withConfig({ a: TOKEN }))).toEqual([]);
    expect(found({ exemptions: [exemption] }, withConfig({ a: `${TOKEN}2` }))).toHaveLength(1);
    expect(found({ exemptions: [exemption] }, withConfig({ b: TOKEN }))).toHaveLength(1);
    expect(found({ exemptions: [{ ...exemption, file: WORKLOAD }] }, withConfig({ a: TOKEN }))).toHaveLength(1);
  });
});
