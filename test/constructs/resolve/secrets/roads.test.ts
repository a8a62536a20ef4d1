import { admitClusterDefaults, render, resolve } from '../../../../constructs';
import { renderedSecretTexts, secretTexts } from '../../../../constructs/resolve/secrets/secret-text';
import type { Facts } from '../../../../constructs/spec/facts';
import { secretFindings } from '../../../../gitops/gate/secret-gate';
import { withoutSecrets } from '../../../../controller/status/text';
import { type Modifier, anInstance, withConfig, withEnv, withSpec } from '../../../builders';
import { aLayout } from '../../../gitops/layouts';
import { size } from '../../../long';
import { innocentTexts } from './innocent-texts';
import { knownSecrets } from './known-secrets';

/** How a text comes into what is rendered. */
interface Road {
  readonly name: string;
  readonly modifiers: (text: string) => Modifier[];
  readonly facts?: (text: string) => Facts;
  /** Where the finding stands. */
  readonly path: string;
  /** Whether any text may come this way: keys of files have rules of their own. */
  readonly takes?: (text: string) => boolean;
}

const configMap = (key: string, text: string): Facts => ({ configMaps: new Map([['texts', { data: { [key]: text } }]]) });

const roads: readonly Road[] = [
  { name: 'a variable', modifiers: (text) => [withEnv({ name: 'NOTE', value: text })], path: 'spec.env[0].value' },
  { name: 'the config', modifiers: (text) => [withConfig({ note: text })], path: 'spec.config.raw.note' },
  { name: 'a key of the config', modifiers: (text) => [withConfig({ notes: { [text]: 1 } })], path: 'spec.config.raw.notes[*]' },
  {
    name: 'a file of the workspace',
    modifiers: (text) => [withSpec({ workspace: { initialFiles: { 'notes.md': text } } })],
    path: 'spec.workspace.initialFiles[notes.md]',
  },
  {
    name: 'the name of a file',
    modifiers: (text) => [withSpec({ workspace: { initialFiles: { [text]: 'x' } } })],
    path: 'spec.workspace.initialFiles[*]',
    takes: (text) => /^[\w.~=-]{1,180}$/.test(text) && !text.includes('..'),
  },
  { name: 'an annotation', modifiers: (text) => [withSpec({ podAnnotations: { note: text } })], path: 'spec.podAnnotations.note' },
  {
    name: 'a config in a ConfigMap',
    modifiers: () => [withSpec({ config: { configMapRef: { name: 'texts' } } })],
    facts: (text) => configMap('openclaw.json', JSON.stringify({ note: text })),
    path: 'spec.config.configMapRef',
  },
  {
    name: 'a workspace in a ConfigMap',
    modifiers: () => [withSpec({ workspace: { configMapRef: { name: 'texts' } } })],
    facts: (text) => configMap('notes.md', text),
    path: 'spec.workspace.configMapRef',
  },
  {
    name: 'the cluster defaults',
    modifiers: () => [],
    facts: (text) => ({ clusterDefaults: { env: [{ name: 'NOTE', value: text }] } }),
    path: 'spec.env',
  },
];

describe.each(roads)('T-R19 by the road of $name', ({ modifiers, facts = () => ({}), path, takes = () => true }) => {
  const texts = knownSecrets.filter(([, text]) => takes(text));

  it('at least 63 forms come, where any text may', () => {
    expect(texts.length).toBeGreaterThanOrEqual(takes('two words') ? 63 : 40);
  });

  it.each(texts)('a secret is told by its place and never repeated: %s', (_, text) => {
    const written = anInstance(...modifiers(text));
    const issues = secretTexts(written, facts(text));
    expect(issues.map((issue) => issue.path)).toEqual([path]);
    const resolution = resolve(written, facts(text));
    const all = resolution.ok ? resolution.warnings : resolution.issues;
    expect(all).toContainEqual(expect.objectContaining({ path, rule: 'secret-text', severity: 'warning' }));
    expect(JSON.stringify(all)).not.toContain(JSON.stringify(text).slice(1, 17));
  });

  it('nothing innocent is told', () => {
    for (const [name, text] of innocentTexts.filter((one) => takes(one[1]))) {
      // A road that gives a name of its own keeps it; elsewhere the text stands under the name that it has.
      const named = path === 'spec.config.raw.note' ? [withConfig({ [name]: text })] : modifiers(text);
      expect([text, secretTexts(anInstance(...named), facts(text))]).toEqual([text, []]);
    }
  });
});

function filesOf(modifiers: readonly Modifier[], facts: Facts) {
  const resolution = resolve(anInstance(...modifiers), facts);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  const manifests = render(resolution.instance);
  return { manifests, files: aLayout({ name: 'alice', namespace: 'team-a', manifests }).files };
}

describe('T-R19 in what is rendered', () => {
  const rendered = roads.filter(({ name }) => name !== 'a workspace in a ConfigMap' && name !== 'the name of a file');

  /** Whatever is rendered is looked at alike, so that each road takes its share of the texts; in the long form all of them. */
  const share = <T>(texts: readonly T[], road: Road): T[] => {
    const every = size(rendered.length, 1);
    return texts.filter((_, index) => index % every === rendered.indexOf(road) % every);
  };

  it.each(rendered)('a secret that came by the road of $name is refused in Git mode', (road) => {
    const { modifiers, facts = () => ({}) } = road;
    for (const [what, text] of share(knownSecrets, road)) {
      const { files } = filesOf(modifiers(text), facts(text));
      const findings = secretFindings(files);
      expect([what, findings.length > 0]).toEqual([what, true]);
      expect(JSON.stringify(findings)).not.toContain(JSON.stringify(text).slice(1, 17));
    }
  });

  it('nothing innocent is refused in Git mode', () => {
    for (const road of rendered) {
      const { modifiers, facts = () => ({}) } = road;
      for (const [, text] of share(innocentTexts, road))
        expect([text, secretFindings(filesOf(modifiers(text), facts(text)).files)]).toEqual([text, []]);
    }
  });

  it('a secret is told in the other modes, unless it was told of what was written', () => {
    for (const [, text] of share(knownSecrets, rendered[0] as Road)) {
      const written = anInstance(withEnv({ name: 'NOTE', value: text }));
      const { manifests } = filesOf([withEnv({ name: 'NOTE', value: text })], {});
      expect(renderedSecretTexts(manifests, written, {})).toEqual([]);
      const issues = renderedSecretTexts(manifests, anInstance(), {});
      expect(issues).toEqual([expect.objectContaining({ rule: 'secret-text', severity: 'warning' })]);
      expect(issues[0]?.message).toContain('StatefulSet alice: what stands at spec.template.spec.containers[');
    }
  });
});

it('T-R19 a number under the name of a secret is told, and one that counts is not', () => {
  const written = anInstance(withConfig({ password: 12345678, maxTokens: 4096, tokens: 128_000, port: 18789, pin: 1234 }));
  expect(secretTexts(written).map(({ path }) => path)).toEqual(['spec.config.raw.password']);
});

it('T-R19 a secret inside of JSON inside of a text is told by both places', () => {
  const text = JSON.stringify({ channels: [{ token: 'a8Kd93js' }] });
  expect(secretTexts({ spec: { workspace: { initialFiles: { 'a.json': text } } } })).toEqual([
    expect.objectContaining({
      path: 'spec.workspace.initialFiles[a.json]',
      message: expect.stringContaining('what stands at channels[0].token of its text'),
    }),
  ]);
});

it('T-R19 cluster defaults are told of a secret in their own file', () => {
  for (const [, text] of knownSecrets) {
    const { issues } = admitClusterDefaults({
      apiVersion: 'openclaw.rocks/v1alpha1',
      kind: 'OpenClawClusterDefaults',
      metadata: { name: 'cluster' },
      spec: { env: [{ name: 'NOTE', value: text }] },
    });
    expect(issues).toEqual([expect.objectContaining({ path: 'spec.env[0].value', rule: 'secret-text', severity: 'warning' })]);
  }
});

it('T-R19 a text of the other side that quotes a secret stays out of the status', () => {
  for (const [, text] of knownSecrets) expect(withoutSecrets(`denied: ${text}`)).not.toContain(text.slice(0, 16));
  for (const [name, text] of innocentTexts) expect(withoutSecrets(`${name} is ${text}`)).toContain(text);
});
