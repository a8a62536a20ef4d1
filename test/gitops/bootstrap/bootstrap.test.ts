import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../../../constructs';
import type { RoleRule } from '../../../constructs/hosts/role';
import { parts } from '../../../constructs/parts';
import { isGranted, rightsOf } from '../../../constructs/spec/rbac-rules';
import { kinds } from '../../../constructs/wire/kinds';
import { controllerRules } from '../../../controller/process/rules';
import { bootstrap, secretCommand } from '../../../gitops/bootstrap/bootstrap';
import { findings } from '../../../gitops/bootstrap/check';
import { deliveredGrants, deliveredKinds } from '../../../gitops/bootstrap/delivered-kinds';
import type { BootstrapSettings, Engine } from '../../../gitops/bootstrap/settings';
import { examples, renderExample } from '../../golden/examples';

const settings = (engine: Engine, more: Partial<BootstrapSettings> = {}): BootstrapSettings => ({
  engine,
  cluster: 'prod',
  repository: 'https://git.example.com/platform/assistants',
  branch: 'main',
  namespaces: ['team-a', 'team-b'],
  kinds: deliveredKinds(),
  grants: deliveredGrants(),
  engineNamespace: engine === 'argocd' ? 'argocd' : 'flux-system',
  server: 'https://kubernetes.default.svc',
  ...more,
});

// oxlint-disable-next-line typescript/no-explicit-any -- objects of other programs have no types here
const find = (objects: readonly Manifest[], kind: string): any =>
  // oxlint-disable-next-line typescript/no-unsafe-return -- objects of other programs, read by tests only
  objects.find((object) => object.kind === kind);

const kindNames = (list: readonly { readonly kind: string }[]): string[] => list.map(({ kind }) => kind).toSorted();

describe('the kinds that engines apply', () => {
  it('are those that parts emit, and no Secret and no Job', () => {
    const emitted = new Set(['ConfigMap', ...parts.flatMap(({ emits = [] }) => emits).map(({ kind }) => kind)]);
    expect(kindNames(deliveredKinds())).toEqual([...emitted].filter((kind) => kind !== 'Secret' && kind !== 'Job').toSorted());
  });

  it('follow a part that brings a new one, of a namespace or of the cluster', () => {
    const emits = [
      { apiVersion: 'example.com/v1', kind: 'Thing', plural: 'things', namespaced: true },
      { apiVersion: 'example.com/v1', kind: 'Wide', plural: 'wides', namespaced: false },
    ];
    const all = deliveredKinds([...parts, { ...parts[0]!, name: 'new', claims: [], emits }]);
    const { spec } = find(bootstrap(settings('argocd', { kinds: all })), 'AppProject');
    expect(spec.clusterResourceWhitelist).toEqual([{ group: 'example.com', kind: 'Wide' }]);
    expect(spec.namespaceResourceWhitelist).toContainEqual({ group: 'example.com', kind: 'Thing' });
    const binding = find(bootstrap(settings('flux', { kinds: all })), 'ClusterRoleBinding');
    expect(binding.roleRef.name).toBe('openclaw-prod-cluster');
  });
});

describe('the account by which Flux applies', () => {
  const { rules } = find(bootstrap(settings('flux')), 'ClusterRole') as { readonly rules: RoleRule[] };

  it.each(examples().map((example) => [example.name, example] as const))(
    'holds what the Role of the example %s grants',
    (_name, example) => {
      const roles = renderExample(example).manifests.filter(({ kind }) => kind === 'Role') as unknown as { readonly rules: RoleRule[] }[];
      expect(roles).not.toEqual([]);
      const own = example.instance.spec?.security?.rbac?.additionalRules ?? [];
      const granted = roles.flatMap((role) => role.rules.filter((one) => !own.some((rule) => isDeepStrictEqual(rule, one))));
      const missing = granted.flatMap((rule) => [...rightsOf(rule)]).filter((right) => !isGranted(right, rules));
      expect(missing).toEqual([]);
    },
  );
});

describe('what Argo CD is told', () => {
  it('is a project with this repository, these namespaces and our kinds, and no more', () => {
    const { spec } = find(bootstrap(settings('argocd')), 'AppProject');
    expect(spec).toMatchObject({
      sourceRepos: ['https://git.example.com/platform/assistants'],
      destinations: ['team-a', 'team-b'].map((namespace) => ({ server: 'https://kubernetes.default.svc', namespace })),
      clusterResourceWhitelist: deliveredKinds()
        .filter(({ namespaced }) => !namespaced)
        .map(({ apiVersion, kind }) => ({ group: apiVersion.split('/')[0], kind })),
    });
    expect(kindNames(spec.namespaceResourceWhitelist)).toEqual(kindNames(deliveredKinds().filter(({ namespaced }) => namespaced)));
  });

  it('T-S3 tries again with the newest commit, for as long as it takes, and keeps objects when it is deleted', () => {
    const { spec } = find(bootstrap(settings('argocd')), 'ApplicationSet');
    expect(spec.syncPolicy).toEqual({ preserveResourcesOnDeletion: true });
    expect(spec.template.spec.syncPolicy.retry).toMatchObject({ limit: -1, refresh: true });
    expect(spec.template.spec.project).toBe('openclaw-prod');
  });
});

describe('C39 Argo CD that takes no commit but those of our key', () => {
  const signed = bootstrap(settings('argocd', { signatureKeys: ['5405E365A1B50138'] }));

  const told = (signatureKeys: object[] | undefined): string[] => {
    const live = structuredClone(signed);
    find(live, 'AppProject').spec.signatureKeys = signatureKeys;
    const objectOf = ({ kind, metadata }: Manifest) => live.find((one) => one.kind === kind && one.metadata.name === metadata.name);
    return findings(signed, settings('argocd'), { objectOf, hasSecret: true, instanceNamespaces: [] });
  };

  it('is told of the key by its project, and leaves out the index, which it would verify before it has it', () => {
    expect(find(signed, 'AppProject').spec.signatureKeys).toEqual([{ keyID: '5405E365A1B50138' }]);
    expect(find(signed, 'ApplicationSet').spec.template.spec.project).toBe('{{ "openclaw-prod" }}');
    const plain = bootstrap(settings('argocd'));
    expect(find(plain, 'AppProject').spec).not.toHaveProperty('signatureKeys');
    expect(find(plain, 'ApplicationSet').spec.template.spec.project).toBe('openclaw-prod');
  });

  it('is found to trust another key, or none', () => {
    const key = { keyID: '5405E365A1B50138' };
    expect(told([key])).toEqual([]);
    expect(told([key, { keyID: '0123456789ABCDEF' }])).toEqual([expect.stringMatching(/signatureKeys allows .*0123456789ABCDEF/)]);
    expect(told(undefined)).toEqual([expect.stringContaining('signatureKeys')]);
  });
});

describe('what Flux is told', () => {
  it('applies instances as an account with our kinds in the named namespaces, which the controller could give', () => {
    const objects = bootstrap(settings('flux'));
    const rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] = find(objects, 'ClusterRole').rules;
    const held = rules.flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups[0]}/${resource}`));
    const ours = controllerRules().flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups[0]}/${resource}`));
    expect(held.filter((one) => !ours.includes(one))).toEqual([]);
    // As far as Roles of agents grant it; none is made, listed or deleted.
    const ofSecrets = rules.filter(({ resources }) => resources.includes('secrets')).flatMap(({ verbs }) => verbs);
    expect(new Set(ofSecrets)).toEqual(new Set(['get', 'update', 'patch']));
    expect(rules.flatMap(({ verbs }) => verbs)).not.toEqual(expect.arrayContaining(['*']));
    // Flux tries a RoleBinding before its Role is there: the server lets that pass for whoever may bind it.
    expect(rules.filter(({ verbs }) => verbs.includes('bind'))).toEqual([
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['bind'] },
    ]);
    const bound = objects.filter(({ kind }) => kind === 'RoleBinding').map(({ metadata }) => metadata.namespace);
    expect(bound).toEqual(['flux-system', 'team-a', 'team-b']);
    expect(find(objects, 'ClusterRoleBinding')).toBeUndefined();
  });

  it('brings the Kustomizations as an account that can do nothing else', () => {
    const objects = bootstrap(settings('flux'));
    expect(find(objects, 'Role').rules).toEqual([
      expect.objectContaining({ apiGroups: ['kustomize.toolkit.fluxcd.io'], resources: ['kustomizations'] }),
    ]);
    expect(find(objects, 'Kustomization').spec).toMatchObject({ path: './clusters/prod/flux', serviceAccountName: 'openclaw-prod-index' });
  });
});

describe('a set-up that brings the instances as well', () => {
  const instances = { branch: 'main', path: 'assistants' };
  const added = (engine: Engine, more: Partial<BootstrapSettings> = {}) => {
    const without = bootstrap(settings(engine, more)).map((object) => JSON.stringify(object));
    return bootstrap(settings(engine, { ...more, instances })).filter((object) => !without.includes(JSON.stringify(object)));
  };

  it('is for Argo CD an Application of its own, in a project that lets nothing of ours pass', () => {
    const objects = added('argocd', { branch: 'deploy' });
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'AppProject openclaw-prod.instances',
      'Application openclaw-prod.instances',
    ]);
    expect(find(objects, 'AppProject').spec).toMatchObject({
      sourceRepos: ['https://git.example.com/platform/assistants'],
      clusterResourceWhitelist: [],
    });
    expect(kindNames(find(objects, 'AppProject').spec.namespaceResourceWhitelist)).toEqual(['ConfigMap', 'OpenClawInstance']);
    const { metadata, spec } = find(objects, 'Application');
    // With a finalizer, whoever deletes it deletes every assistant.
    expect(metadata.finalizers).toBeUndefined();
    expect(spec).toMatchObject({ project: 'openclaw-prod.instances', source: { targetRevision: 'main', path: 'assistants' } });
    expect(spec.syncPolicy.retry).toMatchObject({ limit: -1, refresh: true });
  });

  it('is for Flux a Kustomization that keeps what it applied, as an account that may write instances and ConfigMaps', () => {
    const objects = added('flux', { branch: 'deploy' });
    expect(find(objects, 'GitRepository').spec).toMatchObject({ ref: { branch: 'main' }, secretRef: { name: 'openclaw-prod' } });
    expect(find(objects, 'Kustomization').spec).toMatchObject({
      deletionPolicy: 'Orphan',
      path: './assistants',
      serviceAccountName: 'openclaw-prod.instances',
      sourceRef: { name: 'openclaw-prod.instances' },
    });
    const rules: { resources: string[] }[] = find(objects, 'ClusterRole').rules;
    expect(rules.flatMap(({ resources }) => resources)).toEqual(['openclawinstances', 'configmaps']);
    expect(objects.filter(({ kind }) => kind === 'RoleBinding').map(({ metadata }) => metadata.namespace)).toEqual(['team-a', 'team-b']);
  });

  it('has one GitRepository where both write to one branch', () => {
    const objects = added('flux');
    expect(find(objects, 'GitRepository')).toBeUndefined();
    expect(find(objects, 'Kustomization').spec.sourceRef.name).toBe('openclaw-prod');
  });

  it.each(['.', 'clusters', 'clusters/prod/instances'])(
    'is refused with the folder %s on the branch that the controller writes',
    (path) => {
      const bring = (branch: string) => () => bootstrap(settings('argocd', { instances: { branch, path } }));
      expect(bring('main')).toThrow(/GIT-SETTINGS.*name a folder beside clusters\/, or another branch/);
      expect(bring('written')).not.toThrow();
    },
  );

  it.each(['/abs', '../up', 'a/../b', '-option', 'a//b', '{{ .name }}', ''])('is refused with the folder "%s"', (path) => {
    expect(() => bootstrap(settings('flux', { instances: { branch: 'written', path } }))).toThrow(/FILE-NAME/);
  });
});

describe.each(['argocd', 'flux'] as const)('the set-up for %s', (engine) => {
  it('holds no Secret; a command makes it that fails where the credential is missing', () => {
    expect(find(bootstrap(settings(engine)), 'Secret')).toBeUndefined();
    expect(secretCommand(settings(engine))).toContain('--from-file=password=token');
    expect(secretCommand(settings(engine, { repository: 'ssh://git@git.example.com/a/b' }))).toMatch(
      /--from-file=(?:sshPrivateKey=)?identity/,
    );
  });

  it.each([
    ['a password in the URL', { repository: 'https://bot:hunter22@git.example.com/a' }],
    ['a folder', { repository: '/srv/git' }],
    ['a template in the URL', { repository: 'https://git.example.com/{{ .name }}' }],
    ['a branch that is an option', { branch: '--upload-pack' }],
    ['a namespace that is a pattern', { namespaces: ['team-*'] }],
    ['no namespace', { namespaces: [] }],
    ['a cluster that is a path', { cluster: '../x' }],
    ['a server in clear text', { server: 'http://10.0.0.1' }],
  ])('is refused with %s', (_, more) => {
    expect(() => bootstrap(settings(engine, more))).toThrow(/FILE-NAME|GIT-SETTINGS/);
  });
});

/** What the check says of our own set-up after somebody changed it. */
// oxlint-disable-next-line typescript/no-explicit-any -- the same
const judge = (engine: Engine, change: (object: any) => void = () => {}, more: Partial<Parameters<typeof findings>[2]> = {}): string[] => {
  const wanted = bootstrap(settings(engine));
  const live = new Map(wanted.map((object) => [object, structuredClone(object)]));
  for (const object of live.values()) change(object);
  return findings(wanted, settings(engine), {
    objectOf: (one) => live.get(one),
    hasSecret: true,
    instanceNamespaces: ['team-a'],
    ...more,
  });
};

const track = (data: Record<string, string>) =>
  judge('argocd', (object) => {
    if (object.kind === 'ConfigMap') Object.assign(object.data, data);
  });

describe('the check of a set-up that is there', () => {
  it.each(['argocd', 'flux'] as const)('says nothing of one that is as we write it, for %s', (engine) => {
    expect(judge(engine)).toEqual([]);
  });

  it('names what is missing', () => {
    const none = judge('flux', undefined, { objectOf: () => undefined, hasSecret: false, instanceNamespaces: ['team-c'] });
    expect(none).toContain('GitRepository openclaw-prod in flux-system is missing');
    expect(none.at(-2)).toMatch(/^Secret openclaw-prod in flux-system is missing/);
    expect(none.at(-1)).toMatch(/^namespace team-c has instances/);
  });

  it('names kinds and namespaces that a project lacks, and what it allows beyond need', () => {
    const told = judge('argocd', (object) => {
      if (object.kind !== 'AppProject') return;
      object.spec.namespaceResourceWhitelist = object.spec.namespaceResourceWhitelist.filter(
        ({ kind }: { kind: string }) => kind !== kinds.service.kind,
      );
      object.spec.destinations = [{ server: '*', namespace: '*' }];
      object.spec.clusterResourceWhitelist = [{ group: '*', kind: '*' }];
    });
    expect(told).toEqual([
      expect.stringMatching(/clusterResourceWhitelist allows .*"\*".* beyond what is needed/),
      expect.stringMatching(/destinations lacks .*team-a/),
      expect.stringMatching(/destinations lacks .*team-b/),
      expect.stringMatching(/destinations allows .*"\*"/),
      expect.stringMatching(/namespaceResourceWhitelist lacks .*"Service"/),
    ]);
  });

  it('names fields that have another value', () => {
    const told = judge('argocd', (object) => {
      if (object.kind === 'ApplicationSet') object.spec.template.spec.syncPolicy.automated.prune = false;
    });
    expect(told).toEqual([
      'ApplicationSet openclaw-prod in argocd: .spec.template.spec.syncPolicy.automated.prune is false: it has to be true',
    ]);
  });

  it('T-S2 warns of tracking by a label that is ours', () => {
    expect(track({ 'application.resourceTrackingMethod': 'annotation' })).toEqual([]);
    expect(track({ 'application.resourceTrackingMethod': 'label' })).toEqual([expect.stringContaining('resourceTrackingMethod is label')]);
    expect(track({ 'application.resourceTrackingMethod': 'label', 'application.instanceLabelKey': 'argocd.argoproj.io/instance' })).toEqual(
      [],
    );
  });
});

describe('artifacts of a registry', () => {
  const registry = { repository: 'oci://registry.example.com/acme/assistants', branch: 'prod' };

  it('are what Flux reads, and what it verifies unless nothing is signed', () => {
    const objects = bootstrap(settings('flux', registry));
    expect(find(objects, 'OCIRepository').spec).toEqual({
      interval: '1m',
      url: registry.repository,
      ref: { tag: 'prod' },
      secretRef: { name: 'openclaw-prod' },
      verify: { provider: 'cosign', secretRef: { name: 'openclaw-prod-cosign' } },
    });
    expect(find(objects, 'Kustomization').spec.sourceRef).toEqual({ kind: 'OCIRepository', name: 'openclaw-prod' });
    expect(find(objects, 'GitRepository')).toBeUndefined();
    expect(find(bootstrap(settings('flux', { ...registry, isSigned: false })), 'OCIRepository').spec).not.toHaveProperty('verify');
  });

  it('have the Applications in them, which a project of their own lets pass, and nothing else', () => {
    const objects = bootstrap(settings('argocd', registry));
    expect(find(objects, 'ApplicationSet')).toBeUndefined();
    const { metadata, spec } = find(objects, 'Application');
    expect(metadata.finalizers).toBeUndefined();
    expect(spec).toMatchObject({
      project: 'openclaw-prod.index',
      source: { repoURL: registry.repository, targetRevision: 'prod', path: 'clusters/prod/argocd' },
      syncPolicy: { automated: { allowEmpty: true } },
    });
    const [project, index] = objects.filter(({ kind }) => kind === 'AppProject') as { spec?: Record<string, unknown> }[];
    expect(project?.spec).toMatchObject({ sourceRepos: [registry.repository] });
    expect(index?.spec).toMatchObject({
      destinations: [{ server: 'https://kubernetes.default.svc', namespace: 'argocd' }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: [{ group: 'argoproj.io', kind: 'Application' }],
    });
  });

  it.each(['prod-index', 'prod-cosign', 'prod-instances'])('of the clusters prod and %s never meet in one Argo CD', (cluster) => {
    const all = ['prod', cluster]
      .flatMap((one) => bootstrap(settings('argocd', { ...registry, cluster: one })))
      .filter(({ kind }) => kind !== 'ConfigMap')
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect([all.length, new Set(all).size]).toEqual([6, 6]);
  });

  it('are read with a credential that no command line holds', () => {
    expect(secretCommand(settings('flux', registry))).toContain('--from-file=.dockerconfigjson=config.json');
    expect(secretCommand(settings('argocd', registry))).toContain("--from-literal=type=oci --from-literal=url='oci://registry");
  });

  it.each([
    ['oci://registry.example.com/acme:1', 'prod'],
    ["oci://registry.example.com/a'; rm -rf", 'prod'],
    ['oci://registry.example.com/acme', '../x'],
  ])('at %s with the tag %s are refused', (repository, branch) => {
    expect(() => bootstrap(settings('flux', { repository, branch }))).toThrow(/OCI-SETTINGS/);
  });
});
