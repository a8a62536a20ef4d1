import { App, Chart, Yaml } from 'cdk8s';
import { OpenClaw, render, resolve } from '../../../constructs';
import { guardedMetadata, withoutSubstitution } from '../../../constructs/wire/guards';
import type { Manifest } from '../../../constructs/wire/manifest';
import { anInstance, withSpec } from '../../builders';

const GUARDS = {
  'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'helm.sh/resource-policy': 'keep',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
};
const SUBSTITUTE = 'kustomize.toolkit.fluxcd.io/substitute';

function rendered(spec: Parameters<typeof withSpec>[0]): Manifest[] {
  const resolution = resolve(anInstance(withSpec(spec)));
  if (!resolution.ok) throw new Error('the instance was refused');
  return render(resolution.instance);
}

const ALL = {
  chromium: { enabled: true, persistence: { enabled: true } },
  storage: { persistence: { orphan: false } },
  env: [{ name: 'X', value: '${HOME}' }],
};

it('T-R4 T-S4 every claim is guarded in the rendered bytes, whatever orphan says, and nothing else is', () => {
  const manifests = rendered(ALL);
  const claims = manifests.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  expect(claims.map(({ metadata }) => metadata.name)).toEqual(['alice-chromium-data', 'alice-data']);
  for (const { metadata } of claims) expect(metadata.annotations).toMatchObject(GUARDS);
  const others = manifests
    .filter(({ kind }) => kind !== 'PersistentVolumeClaim')
    .flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {}));
  expect(others.filter((key) => key in GUARDS)).toEqual([]);
});

it('T-R4 so is the claim of an OpenClaw in a chart of somebody else', () => {
  const chart = new Chart(new App(), 'chart');
  new OpenClaw(chart, 'alice');
  const claim = (chart.toJson() as Manifest[]).find(({ kind }) => kind === 'PersistentVolumeClaim');
  expect(claim?.metadata.annotations).toMatchObject(GUARDS);
  expect(Yaml.stringify(claim)).toContain('Prune=false,Delete=false');
});

it('T-R4 Flux substitutes nothing where a text has ${, and only there', () => {
  const marked = rendered(ALL).filter(({ metadata }) => metadata.annotations?.[SUBSTITUTE] === 'disabled');
  const holding = rendered(ALL).filter((manifest) => JSON.stringify(manifest).includes('${'));
  expect(marked.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
    holding.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
  );
  expect(marked.map(({ kind }) => kind)).toContain('StatefulSet');
  expect(rendered(ALL).length).toBeGreaterThan(marked.length);
});

it.each<[string, object]>([
  ['a key', { data: { 'a${b}': '' } }],
  ['a list', { rules: [{ hosts: ['${HOST}'] }] }],
  ['an annotation', { metadata: { name: 'x', annotations: { z: '${Z}' } } }],
])('T-R4 a variable is found in %s', (_where, fields) => {
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, ...fields } as Manifest;
  const { annotations = {} } = withoutSubstitution(manifest).metadata;
  expect(annotations[SUBSTITUTE]).toBe('disabled');
  expect(Object.keys(annotations)).toEqual(Object.keys(annotations).toSorted());
});

it('leaves all else as it is', () => {
  const manifest: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: '$HOME {}' } };
  expect(withoutSubstitution(manifest)).toBe(manifest);
  const metadata = { name: 'x' };
  expect(guardedMetadata('ConfigMap', metadata)).toBe(metadata);
});
