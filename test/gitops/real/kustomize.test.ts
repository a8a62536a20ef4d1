import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readYaml } from '../../../app/input/read-yaml';
import type { Manifest } from '../../../constructs';
import { idOf } from '../../../constructs/wire/object-ref';
import { type InstanceLayout, layout, tombstone } from '../../../gitops/layout/layout';
import { findProgram } from '../../cluster/programs';
import { examples, renderExample } from '../../golden/examples';
import { OPTIONS, OWNER, withHash } from '../layouts';
import { describeWith } from './servers';

const KUBECTL = findProgram('kubectl');

/** What Kustomize, which both engines use, makes of the directory. */
function built({ files, directory }: InstanceLayout): Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-kustomize-'));
  try {
    for (const { path, text } of files) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const text = execFileSync(KUBECTL ?? 'kubectl', ['kustomize', join(folder, directory)], { encoding: 'utf8', maxBuffer: 1e8 });
    return readYaml(text, 'built').documents.map(({ value }) => value as Manifest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Annotations = Record<string, string>;

/** Takes away what Git mode adds, to see that nothing else differs. */
function withoutAdditions(manifest: Manifest): Manifest {
  const copy = structuredClone(manifest);
  const pod = (copy['spec'] as { template?: { metadata?: { annotations?: Annotations } } } | undefined)?.template?.metadata;
  for (const metadata of [copy.metadata as { annotations?: Annotations }, pod]) {
    if (!metadata?.annotations) continue;
    for (const key of Object.keys(metadata.annotations)) {
      if (/^openclaw\.rocks\/(?:release-digest|secret-hash)$/.test(key)) {
        delete metadata.annotations[key];
      }
    }
    if (Object.keys(metadata.annotations).length === 0) delete metadata.annotations;
  }
  return copy;
}

function sorted(manifests: readonly Manifest[]): Manifest[] {
  return manifests.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

describeWith(KUBECTL === undefined ? 'no kubectl: npm run cluster:build makes one' : undefined, 'Kustomize', () => {
  it.each(examples().map((example) => [example.name, example] as const))(
    'builds %s: the manifests of synth, and the additions',
    (_, example) => {
      const { instance, manifests } = renderExample(example);
      const { name } = instance.metadata;
      const set = { name, namespace: 'team-a', manifests };
      const laid = layout(set, { ...OPTIONS, ...withHash(set, 'h1') });
      const all = built(laid);
      const marker = all.find(({ metadata }) => metadata.name === `${name}-release`);
      expect(marker?.['data']).toEqual({ digest: laid.digest });
      expect(sorted(all.filter((one) => one !== marker).map(withoutAdditions))).toEqual(sorted(manifests));
      const workload = all.find(({ kind }) => kind === 'StatefulSet');
      expect(workload?.metadata.annotations).toHaveProperty(['openclaw.rocks/release-digest'], laid.digest);
      expect(JSON.stringify(workload?.['spec'])).toContain('"openclaw.rocks/secret-hash":"h1"');
    },
  );

  it('C28 E36 adds to namesakes in two namespaces, and to an object of the cluster, what is theirs', () => {
    const inside: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'team-a' }, data: {} };
    const outside: Manifest = { ...inside, metadata: { name: 'x', namespace: 'monitoring' } };
    const priority: Manifest = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'x' }, value: 1 };
    const set = { name: 'alice', namespace: 'team-a', manifests: [inside, outside, priority] };
    const additions = new Map(
      set.manifests.map((manifest) => [idOf(manifest), { labels: { home: manifest.metadata.namespace ?? 'none' } }]),
    );
    const all = built(layout(set, { ...OPTIONS, additions })).filter(({ metadata }) => metadata.name === 'x');
    expect(all.map(({ metadata }) => [metadata.namespace, metadata.labels]).toSorted()).toEqual(
      [
        ['team-a', { home: 'team-a' }],
        ['monitoring', { home: 'monitoring' }],
        [undefined, { home: 'none' }],
      ].toSorted(),
    );
  });

  it('builds a tombstone', () => {
    const grave = tombstone({ cluster: 'prod-eu', namespace: 'team-a', name: 'alice' }, { owner: OWNER });
    expect(built(grave).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      'ConfigMap team-a/alice-tombstone',
    ]);
  });
});
