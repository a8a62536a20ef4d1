import type { ApiPort, ApiRequest, ApiResponse } from '../../../controller/api/port';
import { isReadOnly } from '../../../controller/api/port';
import { refusal } from '../../../controller/api/refusal';
import { checkInstall } from '../../../controller/install/check';
import { installManifests } from '../../../controller/install/install-chart';
import { uninstallPlan } from '../../../controller/install/uninstall-plan';
import { emittedKinds, instances, claims } from '../../../controller/objects/kinds';
import type { KubeObject } from '../../../controller/objects/objects';
import { anInstall } from './install-options';

const options = anInstall({ monitoring: true });
const wanted = installManifests(options);

/** A server that answers reads and dry runs of what it holds, and notes every request. */
class Cluster implements ApiPort {
  public readonly requests: ApiRequest[] = [];
  public minor = '33';
  public objects: KubeObject[] = [];
  /** Kinds that it does not have. */
  public readonly absent = new Set<string>();
  /** What it says to a dry run of an object, by `Kind name`. @default - it takes it as it is */
  public readonly answers = new Map<string, { readonly status: number; readonly message: string }>();

  public async request(request: ApiRequest): Promise<ApiResponse> {
    this.requests.push(request);
    return { status: 200, body: this.answer(request), warnings: [] };
  }

  // oxlint-disable-next-line require-yield -- nothing is watched
  public async *stream(): AsyncGenerator {
    throw new Error('nothing is watched');
  }

  private answer(request: ApiRequest): unknown {
    const { method, path, body } = request;
    if (path === '/version') return { major: '1', minor: this.minor, gitVersion: `v1.${this.minor}.0` };
    if (method === 'PATCH') return this.dryRun(request, body as KubeObject);
    const [, last = ''] = /\/([^/]+)$/.exec(path) ?? [];
    const kinds = this.kindsAt(path);
    if (kinds.length > 0) return { resources: kinds.map(({ kind, namespaced }) => ({ kind, name: plural(kind), namespaced })) };
    const listed = this.objects.filter(({ kind }) => plural(kind) === last);
    if ([instances.plural, claims.plural].includes(last)) return { metadata: { resourceVersion: '1' }, items: listed };
    const [, namespace, resource, name] = /(?:\/namespaces\/([^/]+))?\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    const found = this.objects.find(
      ({ kind, metadata }) => plural(kind) === resource && metadata.name === name && metadata.namespace === namespace,
    );
    if (found === undefined) throw refusal(request, 404, { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' });
    return found;
  }

  private dryRun(request: ApiRequest, object: KubeObject): unknown {
    const said = this.answers.get(`${object.kind} ${object.metadata.name}`);
    if (said) throw refusal(request, said.status, { kind: 'Status', code: said.status, reason: '', message: said.message });
    return object;
  }

  private kindsAt(path: string): { readonly kind: string; readonly namespaced: boolean }[] {
    const version = path.replace(/^\/apis?\//, '');
    const known = [
      ...wanted.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, namespaced: metadata.namespace !== undefined })),
      ...emittedKinds,
    ];
    return known.filter(({ apiVersion, kind }) => apiVersion === version && !this.absent.has(kind));
  }
}

function plural(kind: string): string {
  return kind.endsWith('y') ? `${kind.slice(0, -1).toLowerCase()}ies` : `${kind.toLowerCase()}s`;
}

/** A cluster in which everything is installed and runs. */
function installed(): Cluster {
  const cluster = new Cluster();
  cluster.objects = wanted.map((manifest) => ({
    ...manifest,
    ...(manifest.kind === 'Deployment' && { status: { readyReplicas: 2 } }),
  }));
  cluster.answers.set('OpenClawInstance openclaw-check', {
    status: 422,
    message: 'admission webhook "validate.openclaw.rocks" denied the request',
  });
  return cluster;
}

async function findings(cluster: Cluster): Promise<readonly string[]> {
  return (await checkInstall(cluster, wanted, options)).findings;
}

describe('install --check', () => {
  it('finds nothing where everything is there, and writes nothing', async () => {
    const cluster = installed();
    expect(await checkInstall(cluster, wanted, options)).toEqual({ findings: [], optional: [] });
    expect(cluster.requests.filter((request) => !isReadOnly(request))).toEqual([]);
    expect(cluster.requests.filter(({ method }) => method === 'PATCH').length).toBe(wanted.length + 1);
  });

  it('names in one line what is missing in an empty cluster', async () => {
    const [line, ...others] = await findings(new Cluster());
    expect(others).toEqual([]);
    expect(line).toMatch(/^not installed: Namespace openclaw-system, ServiceAccount openclaw-controller in openclaw-system, /);
    expect(line?.split(', ')).toHaveLength(wanted.length);
  });

  it('tells a server that is too old', async () => {
    const cluster = installed();
    cluster.minor = '29+';
    expect(await findings(cluster)).toEqual(['the API server is v1.29+.0: 1.30 or later is needed']);
  });

  it('tells an object that an apply would change, and where', async () => {
    const cluster = installed();
    const index = cluster.objects.findIndex(({ kind }) => kind === 'Deployment');
    const deployment = cluster.objects[index] as KubeObject & { spec: object };
    cluster.objects[index] = { ...deployment, spec: { ...deployment.spec, replicas: 1 } };
    expect(await findings(cluster)).toEqual([
      'Deployment openclaw-controller in openclaw-system: is not as this version has it: spec.replicas',
    ]);
  });

  it('tells what we may not do, and what the server refuses', async () => {
    const cluster = installed();
    cluster.answers.set('ClusterRole openclaw-controller', {
      status: 403,
      message: 'attempting to grant RBAC permissions not currently held',
    });
    cluster.answers.set('Service openclaw-webhook', { status: 422, message: 'clusterIP is taken' });
    expect(await findings(cluster)).toEqual([
      expect.stringMatching(/^ClusterRole openclaw-controller: you may not apply it: .*not currently held/),
      expect.stringMatching(/^Service openclaw-webhook in openclaw-system: the server refuses it: .*clusterIP is taken/),
    ]);
  });

  it('tells a kind that is asked for and not there, and kinds that may be missing', async () => {
    const cluster = installed();
    for (const kind of ['ServiceMonitor', 'PrometheusRule', 'HTTPRoute']) cluster.absent.add(kind);
    const result = await checkInstall(cluster, wanted, options);
    expect(result.findings).toEqual([
      'ServiceMonitor openclaw-controller in openclaw-system: the cluster has no kind ServiceMonitor (monitoring.coreos.com/v1): install what brings it',
      'PrometheusRule openclaw-controller in openclaw-system: the cluster has no kind PrometheusRule (monitoring.coreos.com/v1): install what brings it',
    ]);
    expect(result.optional).toContain('optional: no HTTPRoute (gateway.networking.k8s.io/v1)');
  });

  it('tells pods that are not ready, and a webhook that does not answer', async () => {
    const cluster = installed();
    const index = cluster.objects.findIndex(({ kind }) => kind === 'Deployment');
    cluster.objects[index] = { ...(cluster.objects[index] as KubeObject), status: { readyReplicas: 1 } };
    cluster.answers.delete('OpenClawInstance openclaw-check');
    expect(await findings(cluster)).toEqual([
      '1 of 2 pods of the controller are ready: kubectl -n openclaw-system get pods',
      expect.stringContaining('the webhook does not answer'),
    ]);
  });
});

function anObject(kind: string, namespace: string, name: string, more: object = {}): KubeObject {
  const apiVersion = kind === 'OpenClawInstance' ? instances.apiVersion : 'v1';
  return { apiVersion, kind, metadata: { name, namespace, ...more } };
}

describe('uninstall --plan', () => {
  const held = { finalizers: ['openclaw.rocks/finalizer'] };

  it('puts instances first, and names what stays', async () => {
    const cluster = installed();
    cluster.objects.push(
      anObject('OpenClawInstance', 'team-a', 'alice', held),
      anObject('OpenClawInstance', 'team-b', 'bob', { ...held, deletionTimestamp: '2026-01-01T00:00:00Z' }),
      anObject('PersistentVolumeClaim', 'team-a', 'alice-data'),
    );
    const { lines, stuck } = await uninstallPlan(cluster, 'openclaw-system');
    expect(stuck).toEqual([]);
    const place = (text: string): number => lines.findIndex((line) => line.includes(text));
    expect(place('kubectl -n team-b delete openclawinstances --all')).toBeGreaterThan(0);
    expect(place('on their way already: team-b/bob')).toBeGreaterThan(0);
    expect(place('kubectl delete -f install.yaml')).toBeGreaterThan(place('delete openclawinstances'));
    expect(place('kubectl -n team-a delete pvc alice-data')).toBeGreaterThan(place('what stays'));
    expect(cluster.requests.filter((request) => !isReadOnly(request))).toEqual([]);
  });

  it('warns where nobody would let go of an instance', async () => {
    const cluster = new Cluster();
    cluster.objects = [anObject('OpenClawInstance', 'team-a', 'alice', held), anObject('OpenClawInstance', 'team-a', 'free')];
    const { lines, stuck } = await uninstallPlan(cluster, 'openclaw-system');
    expect(stuck).toEqual(['team-a/alice']);
    expect(lines.join('\n')).toContain(
      'NO CONTROLLER IS READY in openclaw-system: start it first. Without it these would hang: team-a/alice',
    );
  });

  it('has little to say of an empty cluster', async () => {
    const { lines, stuck } = await uninstallPlan(new Cluster(), 'openclaw-system');
    expect([lines[0], stuck]).toEqual(['1. no instance is there: nothing hangs', []]);
    expect(lines.join('\n')).toContain('no volume with data is there');
  });
});
