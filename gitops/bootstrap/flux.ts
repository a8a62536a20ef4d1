import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { RoleRule } from '../../constructs/hosts/role';
import { beyond } from '../../constructs/spec/rbac-rules';
import type { Kind } from '../../constructs/wire/kinds';
import { fluxDirectory } from '../git/names';
import { groupOf, writtenKinds } from './delivered-kinds';
import { type BootstrapSettings, type InstancesSource, bootstrapName, cosignSecret, instancesName, isRegistry } from './settings';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const RBAC = `${RBAC_GROUP}/v1`;
const KUSTOMIZE_GROUP = 'kustomize.toolkit.fluxcd.io';

const APPLY = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];

/**
 * Flux tries a RoleBinding before it has made the Role of the same release. The API server cannot tell then whether the account holds what the Role
 * grants, and asks for this right instead. It is of the named namespaces, for Roles that are there; to make a Role the account still has to hold all
 * of it.
 */
const BIND: RoleRule = { apiGroups: [RBAC_GROUP], resources: ['roles'], verbs: ['bind'] };

/** The account that brings the Kustomizations of the instances, and can do nothing else. Clusters have a Flux of their own each. */
export function indexAccount(settings: Pick<BootstrapSettings, 'cluster'>): string {
  return `${bootstrapName(settings)}-index`;
}

/**
 * What Flux has to be told: the repository, one Kustomization that brings those of the instances, and two accounts. Flux applies instances as an
 * account that holds our kinds in these namespaces, what their Roles grant, and nothing else; by itself it is mostly an administrator of the cluster.
 */
export class FluxBootstrap extends Chart {
  public constructor(scope: Construct, id: string, settings: BootstrapSettings) {
    super(scope, id);
    const name = bootstrapName(settings);
    this.addSource(name, settings);
    this.addIndex(name, settings);
    const kinds = rulesOf(settings.kinds, true);
    this.addApplier('applier', { name, rules: [...kinds, ...beyond(settings.grants, kinds), BIND] }, settings);
    this.addClusterApplier(name, settings);
    if (settings.instances) this.addInstances(settings.instances, settings);
  }

  private addSource(name: string, settings: BootstrapSettings): void {
    const { engineNamespace: namespace, repository: url, branch, isSigned = true } = settings;
    if (isRegistry(settings)) {
      const verify = { provider: 'cosign', secretRef: { name: cosignSecret(settings) } };
      new ApiObject(this, 'source', {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'OCIRepository',
        metadata: { name, namespace },
        spec: { interval: '1m', url, ref: { tag: branch }, secretRef: { name }, ...(isSigned && { verify }) },
      });
      return;
    }
    this.addGitSource('source', { name, branch }, settings);
  }

  private addGitSource(id: string, { name, branch }: GitSource, settings: BootstrapSettings): void {
    const { engineNamespace: namespace, repository: url } = settings;
    new ApiObject(this, id, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name, namespace },
      spec: { interval: '1m', url, ref: { branch }, secretRef: { name: bootstrapName(settings) } },
    });
  }

  /** What people write. Their commits and ours may be on one branch. */
  private addInstances({ branch, path }: InstancesSource, settings: BootstrapSettings): void {
    const name = instancesName(settings);
    const source = branch === settings.branch ? bootstrapName(settings) : name;
    if (source === name) this.addGitSource('written-source', { name, branch }, settings);
    this.addApplier('written', { name, rules: rulesOf(writtenKinds, true) }, settings);
    new ApiObject(this, 'written-instances', {
      apiVersion: `${KUSTOMIZE_GROUP}/v1`,
      kind: 'Kustomization',
      metadata: { name, namespace: settings.engineNamespace },
      spec: {
        // One that is deleted, by mistake or with the set-up, takes no assistant along.
        deletionPolicy: 'Orphan',
        interval: '10m',
        retryInterval: '1m',
        path: path === '.' ? './' : `./${path}`,
        prune: true,
        serviceAccountName: name,
        sourceRef: { kind: 'GitRepository', name: source },
      },
    });
  }

  private addIndex(name: string, settings: BootstrapSettings): void {
    const { engineNamespace: namespace, cluster } = settings;
    const account = indexAccount(settings);
    this.addAccount('index', account, namespace);
    new ApiObject(this, 'index-rights', {
      apiVersion: RBAC,
      kind: 'Role',
      metadata: { name: account, namespace },
      rules: [{ apiGroups: [KUSTOMIZE_GROUP], resources: ['kustomizations'], verbs: APPLY }],
    });
    this.bind('index-binding', { account, accountNamespace: namespace, namespace, kind: 'Role', role: account });
    new ApiObject(this, 'instances', {
      apiVersion: `${KUSTOMIZE_GROUP}/v1`,
      kind: 'Kustomization',
      metadata: { name, namespace },
      spec: {
        interval: '10m',
        retryInterval: '1m',
        path: `./${fluxDirectory(cluster)}`,
        prune: true,
        serviceAccountName: account,
        sourceRef: { kind: isRegistry(settings) ? 'OCIRepository' : 'GitRepository', name },
      },
    });
  }

  /** An account with these rights in the named namespaces. */
  private addApplier(id: string, { name, rules }: Applier, { engineNamespace, namespaces }: BootstrapSettings): void {
    this.addAccount(id, name, engineNamespace);
    new ApiObject(this, `${id}-rights`, { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name }, rules });
    for (const namespace of namespaces) {
      const binding = { account: name, accountNamespace: engineNamespace, namespace, kind: 'ClusterRole', role: name };
      this.bind(`${id}-binding-${namespace}`, binding);
    }
  }

  private addClusterApplier(name: string, { engineNamespace, kinds }: BootstrapSettings): void {
    const rules = rulesOf(kinds, false);
    if (rules.length === 0) return;
    const cluster = `${name}-cluster`;
    new ApiObject(this, 'cluster-rights', { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: cluster }, rules });
    this.bind('cluster-binding', { account: name, accountNamespace: engineNamespace, kind: 'ClusterRole', role: cluster });
  }

  private addAccount(id: string, name: string, namespace: string): void {
    new ApiObject(this, `${id}-account`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  }

  private bind(id: string, { account, accountNamespace, namespace, kind, role }: Binding): void {
    new ApiObject(this, id, {
      apiVersion: RBAC,
      kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name: role, ...(namespace !== undefined && { namespace }) },
      roleRef: { apiGroup: RBAC_GROUP, kind, name: role },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: accountNamespace }],
    });
  }
}

interface GitSource {
  readonly name: string;
  readonly branch: string;
}

interface Applier {
  readonly name: string;
  readonly rules: readonly RoleRule[];
}

interface Binding {
  readonly account: string;
  readonly accountNamespace: string;
  /** @default - all of them */
  readonly namespace?: string;
  readonly kind: string;
  readonly role: string;
}

function rulesOf(kinds: readonly Kind[], isNamespaced: boolean): RoleRule[] {
  const wanted = kinds.filter(({ namespaced }) => namespaced === isNamespaced);
  const groups = [...new Set(wanted.map(groupOf))];
  return groups.map((group) => ({
    apiGroups: [group],
    resources: wanted.filter((kind) => groupOf(kind) === group).map(({ plural }) => plural),
    verbs: APPLY,
  }));
}
