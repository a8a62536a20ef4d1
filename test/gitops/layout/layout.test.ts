import type { Manifest } from '../../../constructs';
import { idOf } from '../../../constructs/wire/object-ref';
import { writeDocuments } from '../../../constructs/wire/yaml/write-yaml';
import { readYaml } from '../../../app/input/read-yaml';
import { GitError } from '../../../gitops/git/errors';
import { type InstanceLayout, layout, ownedPaths, tombstone } from '../../../gitops/layout/layout';
import { fluxName } from '../../../gitops/git/names';
import { withOllama, withSpec } from '../../builders';
import { examples, renderExample } from '../../golden/examples';
import { OPTIONS, OWNER, aLayout, aSet, withHash } from '../layouts';

const DIRECTORY = 'clusters/prod-eu/instances/team-a/alice';

function text(files: InstanceLayout['files'], path: string): string {
  const found = files.find((file) => file.path === path);
  if (!found) throw new Error(`no ${path} among ${files.map((file) => file.path).join(', ')}`);
  return found.text;
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly patches: readonly { readonly patch: string; readonly target?: object }[];
}

function kustomizationOf(laid: InstanceLayout): Kustomization {
  return readYaml(text(laid.files, `${laid.directory}/kustomization.yaml`), 'k').documents[0]?.value as Kustomization;
}

/** The annotations that the patches add to an object. */
function added(laid: InstanceLayout, kind: string): Record<string, string> {
  const patches = kustomizationOf(laid).patches.map(({ patch }) => readYaml(patch, 'p').documents[0]?.value as Manifest);
  return patches.find((patch) => patch.kind === kind)?.metadata.annotations ?? {};
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof GitError) return error.code;
    throw error;
  }
  return 'accepted';
}

function withManifests(...manifests: Manifest[]): () => unknown {
  return () => layout({ name: 'alice', namespace: 'team-a', manifests }, OPTIONS);
}

function aConfigMap(name: string, more: object = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'team-a' }, ...more };
}

describe('the files', () => {
  it('are these, sorted', () => {
    const paths = aLayout(aSet(), { flux: { source: 'fleet' } }).files.map(({ path }) => path);
    expect(paths).toEqual([
      'clusters/prod-eu/flux/team-a.alice.yaml',
      'clusters/prod-eu/index/team-a.alice.json',
      `${DIRECTORY}/configmap.alice-config.yaml`,
      `${DIRECTORY}/configmap.alice-release.yaml`,
      `${DIRECTORY}/configmap.alice-workspace.yaml`,
      `${DIRECTORY}/kustomization.yaml`,
      `${DIRECTORY}/networkpolicy.networking.k8s.io.alice.yaml`,
      `${DIRECTORY}/openclaw.owner`,
      `${DIRECTORY}/persistentvolumeclaim.alice-data.yaml`,
      `${DIRECTORY}/poddisruptionbudget.policy.alice.yaml`,
      `${DIRECTORY}/role.rbac.authorization.k8s.io.alice.yaml`,
      `${DIRECTORY}/rolebinding.rbac.authorization.k8s.io.alice.yaml`,
      `${DIRECTORY}/service.alice.yaml`,
      `${DIRECTORY}/serviceaccount.alice.yaml`,
      `${DIRECTORY}/statefulset.apps.alice.yaml`,
    ]);
    expect(paths).toEqual(paths.toSorted());
  });

  it.each(examples().map((example) => [example.name, example] as const))('of %s are those of synth, object by object', (_, example) => {
    const { instance, manifests } = renderExample(example);
    const { files, directory } = layout({ name: instance.metadata.name, namespace: 'team-a', manifests }, OPTIONS);
    const synthesized = manifests.map((manifest) => writeDocuments([manifest]));
    const ours = ['kustomization.yaml', 'openclaw.owner', `configmap.${instance.metadata.name}-release.yaml`].map(
      (name) => `${directory}/${name}`,
    );
    const inGit = files.filter(({ path }) => path.startsWith(directory) && !ours.includes(path)).map((file) => file.text);
    expect(inGit.toSorted()).toEqual(synthesized.toSorted());
    // The whole file of synth is nothing but these, one after another.
    expect(synthesized.join('')).toBe(writeDocuments(manifests));
  });

  it('are the same for the same input, whatever else is known', () => {
    expect(aLayout()).toEqual(aLayout());
  });

  it('hold nothing that a new engine version or generation would change', () => {
    const all = aLayout()
      .files.map((file) => file.text)
      .join('');
    expect(all).not.toMatch(/generation|engine/i);
  });

  it('name the parameters of an ApplicationSet, without the one that Argo CD sets', () => {
    const index = JSON.parse(text(aLayout().files, 'clusters/prod-eu/index/team-a.alice.json')) as object;
    expect(index).toEqual({ cluster: 'prod-eu', namespace: 'team-a', name: 'alice', directory: DIRECTORY });
  });
});

describe('kustomization.yaml', () => {
  it('lists every manifest and nothing else', () => {
    const laid = aLayout();
    const files = laid.files.map(({ path }) => path.slice(DIRECTORY.length + 1)).filter((file) => /^[a-z]+\..*\.yaml$/.test(file));
    expect(kustomizationOf(laid).resources).toEqual(files.filter((file) => file !== 'kustomization.yaml'));
  });

  it('T-S3 has no sync waves: what is not healthy would hold up the commit that mends it', () => {
    const laid = aLayout();
    expect(laid.files.filter(({ text: bytes }) => bytes.includes('sync-wave'))).toEqual([]);
    expect(added(laid, 'StatefulSet')).toHaveProperty(['openclaw.rocks/release-digest']);
  });

  it('T-R4 adds no guard of its own: they stand in the rendered bytes of every mode', () => {
    expect(JSON.stringify(kustomizationOf(aLayout(aSet('alice', withSpec({ env: [{ name: 'X', value: '${HOME}' }] })))))).not.toMatch(
      /prune|Prune|substitute/,
    );
  });

  it('carries the hash of the Secrets to the pod, so that they roll it', () => {
    const [with1, without] = [withHash(aSet(), 'h1'), {}].map((options) =>
      JSON.stringify(kustomizationOf(aLayout(aSet(), options)).patches),
    );
    expect(with1).toContain('openclaw.rocks/secret-hash: h1');
    expect(without).not.toContain('secret-hash');
  });

  it('names the type of claim templates, which the server would add', () => {
    const workload: Manifest = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'alice.x', namespace: 'team-a' },
      spec: { volumeClaimTemplates: [{ metadata: { name: 'a' } }] },
    };
    const laid = layout({ name: 'alice', namespace: 'team-a', manifests: [workload] }, OPTIONS);
    const patch = kustomizationOf(laid).patches.find(({ target }) => target !== undefined);
    expect(patch?.target).toEqual({ group: 'apps', version: 'v1', kind: 'StatefulSet', name: String.raw`alice\.x` });
    expect(JSON.parse(patch?.patch ?? '')).toEqual([
      { op: 'add', path: '/spec/volumeClaimTemplates/0/apiVersion', value: 'v1' },
      { op: 'add', path: '/spec/volumeClaimTemplates/0/kind', value: 'PersistentVolumeClaim' },
    ]);
  });
});

describe('C28 an object outside the namespace', () => {
  const dashboard: Manifest = { ...aConfigMap('alice-dashboard'), metadata: { name: 'alice-dashboard', namespace: 'monitoring' } };
  const priority: Manifest = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'alice' }, value: 1 };
  const set = { name: 'alice', namespace: 'team-a', manifests: [aConfigMap('alice-dashboard'), dashboard, priority] };

  it('has the namespace in the name of its file, so that a namesake inside is another file', () => {
    expect(kustomizationOf(layout(set, OPTIONS)).resources).toEqual([
      'configmap.alice-dashboard.yaml',
      'configmap.alice-release.yaml',
      'monitoring_configmap.alice-dashboard.yaml',
      'priorityclass.scheduling.k8s.io.alice.yaml',
    ]);
  });

  it('gets what deliveries add, the namesake what is its own, and its file stays that of synth', () => {
    const additions = new Map(
      set.manifests.map((manifest) => [idOf(manifest), { labels: { home: manifest.metadata.namespace ?? 'the cluster' } }]),
    );
    const laid = layout(set, { ...OPTIONS, additions });
    const patches = kustomizationOf(laid).patches.map(({ patch }) => readYaml(patch, 'p').documents[0]?.value as Manifest);
    expect(patches.map(({ metadata: { namespace, labels } }) => [namespace, labels?.['home']]).filter(([, home]) => home)).toEqual([
      ['team-a', 'team-a'],
      ['monitoring', 'monitoring'],
      [undefined, 'the cluster'],
    ]);
    expect(text(laid.files, `${DIRECTORY}/monitoring_configmap.alice-dashboard.yaml`)).toBe(writeDocuments([dashboard]));
  });
});

describe('E40 overrides', () => {
  const overrides = [{ field: 'replicas', value: 0, reason: 'backup' }];

  it('are recorded beside the files, while there are any', () => {
    const laid = aLayout(aSet(), { overrides });
    expect(JSON.parse(text(laid.files, `${DIRECTORY}/openclaw.overrides`))).toEqual(overrides);
    expect(kustomizationOf(laid)).toEqual(kustomizationOf(aLayout()));
    expect(aLayout().files.some(({ path }) => path.endsWith('openclaw.overrides'))).toBe(false);
  });
});

describe('the release digest', () => {
  it('stands on the StatefulSet and in the release marker', () => {
    const laid = aLayout();
    expect(laid.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(added(laid, 'StatefulSet')['openclaw.rocks/release-digest']).toBe(laid.digest);
    expect(text(laid.files, `${DIRECTORY}/configmap.alice-release.yaml`)).toContain(`digest: ${laid.digest}\n`);
  });

  it('changes with any manifest and with the Secrets, and with nothing else', () => {
    const digests = [
      aLayout(),
      aLayout(aSet('alice', withSpec({ suspended: true }))),
      aLayout(aSet('alice', withOllama())),
      aLayout(aSet(), withHash(aSet(), 'a')),
      aLayout(aSet(), withHash(aSet(), 'b')),
    ].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(digests.length);
    expect(aLayout(aSet(), { flux: { source: 'x' }, cluster: 'other', owner: 'x' }).digest).toBe(digests[0]);
  });
});

describe('the Kustomization of Flux', () => {
  it('prunes, does not wait for health, and leaves the objects when it goes', () => {
    const laid = aLayout(aSet(), { flux: { source: 'fleet', serviceAccountName: 'applier' } });
    const { documents } = readYaml(text(laid.files, 'clusters/prod-eu/flux/team-a.alice.yaml'), 'f');
    expect(documents[0]?.value).toEqual({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'team-a.alice', namespace: 'flux-system' },
      spec: {
        deletionPolicy: 'Orphan',
        force: false,
        interval: '10m',
        path: `./${DIRECTORY}`,
        prune: true,
        retryInterval: '1m',
        serviceAccountName: 'applier',
        sourceRef: { kind: 'GitRepository', name: 'fleet' },
        timeout: '5m',
        wait: false,
      },
    });
  });

  it('has a name that fits into a label, also for long names, and no two the same', () => {
    const namespace = 'n'.repeat(60);
    const names = ['a', 'b'].map((end) => fluxName({ cluster: 'x', namespace, name: `${'m'.repeat(50)}${end}` }));
    for (const name of [...names, fluxName({ cluster: 'x', namespace: 'n'.repeat(51), name: 'm'.repeat(20) })]) {
      expect(name).toMatch(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/);
      expect(name).not.toMatch(/\.-|-\./);
    }
    expect(names[0]).not.toBe(names[1]);
  });
});

describe('a tombstone', () => {
  const { placement } = aLayout();

  it('is one object in the place of all, at the same paths', () => {
    const grave = tombstone(placement, { owner: OWNER, flux: { source: 'fleet' } });
    expect(grave.files.map(({ path }) => path)).toEqual([
      'clusters/prod-eu/flux/team-a.alice.yaml',
      'clusters/prod-eu/index/team-a.alice.json',
      `${DIRECTORY}/configmap.alice-tombstone.yaml`,
      `${DIRECTORY}/kustomization.yaml`,
      `${DIRECTORY}/openclaw.owner`,
    ]);
    expect(kustomizationOf(grave).resources).toEqual(['configmap.alice-tombstone.yaml']);
    expect(grave.digest).toBeUndefined();
  });

  it('and its instance own the same paths', () => {
    const { directory, beside } = ownedPaths(placement);
    const all = aLayout(aSet(), { flux: { source: 'fleet' } }).files.map(({ path }) => path);
    expect(all.every((path) => path.startsWith(`${directory}/`) || beside.includes(path))).toBe(true);
  });
});

describe('refused is', () => {
  const cases: readonly [string, string, () => unknown][] = [
    ['a Secret with data', 'SECRET-FOUND', withManifests({ ...aConfigMap('s'), kind: 'Secret', data: { a: 'b' } })],
    ['a Secret with stringData', 'SECRET-FOUND', withManifests({ ...aConfigMap('s'), kind: 'Secret', stringData: { a: 'b' } })],
    ['an owner reference', 'NOT-FOR-GIT', withManifests({ ...aConfigMap('s'), metadata: { name: 's', ownerReferences: [] } })],
    ['a Job', 'NOT-FOR-GIT', withManifests({ ...aConfigMap('s'), apiVersion: 'batch/v1', kind: 'Job' })],
    ['two objects with one file', 'FILE-COLLISION', withManifests(aConfigMap('x'), aConfigMap('x'))],
    ['two objects that differ by case alone', 'FILE-COLLISION', withManifests(aConfigMap('x'), aConfigMap('X'))],
    ['a group that reads like a name', 'FILE-COLLISION', withManifests({ ...aConfigMap('b'), apiVersion: 'a.c/v1' }, aConfigMap('a.c.b'))],
    ['an object with the name of the release marker', 'FILE-COLLISION', withManifests(aConfigMap('alice-release'))],
    ['a name that is too long', 'FILE-NAME', withManifests(aConfigMap('x'.repeat(253)))],
    ['a name that is a path', 'FILE-NAME', withManifests(aConfigMap('../../x'))],
    ['a name with a slash', 'FILE-NAME', withManifests(aConfigMap('a/b'))],
    ['an instance without a namespace', 'FILE-NAME', () => layout({ name: 'alice', manifests: [] }, OPTIONS)],
    ['a cluster that is a path', 'FILE-NAME', () => layout(aSet(), { ...OPTIONS, cluster: '..' })],
    ['a namespace that is a path', 'FILE-NAME', () => layout({ ...aSet(), namespace: 'a/b' }, OPTIONS)],
    ['an owner that is no id', 'GIT-SETTINGS', () => layout(aSet(), { ...OPTIONS, owner: 'a\nb' })],
  ];

  it.each(cases)('%s', (_, code, work) => {
    expect(codeOf(work)).toBe(code);
  });

  it('not the name of an RBAC object with a colon, nor a Secret without data', () => {
    const laid = layout(
      { name: 'alice', namespace: 'team-a', manifests: [aConfigMap('system:x'), { ...aConfigMap('s'), kind: 'Secret' }] },
      OPTIONS,
    );
    expect(laid.files.map(({ path }) => path)).toContain(`${DIRECTORY}/configmap.system_x.yaml`);
  });
});
