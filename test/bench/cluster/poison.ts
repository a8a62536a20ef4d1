import { setTimeout as delay } from 'node:timers/promises';
import { type Api, type KubeObject, ok, waitUntil } from '../../cluster/api';
import { startAudit } from '../../cluster/audit';
import type { ClusterFiles } from '../../cluster/cluster';
import { controllerNamespace, controllerUser } from '../../cluster/controller/controller';
import { instance } from '../../cluster/controller/instances';
import { createNamespace } from '../../cluster/namespaces';
import { invalidSpec } from '../../cluster/soak/specs';
import { ControllerProcess } from './controller-process';
import type { Settings } from './phases';
import { requestsOf } from './requests';

/** How long new instances wait beside others that never come to be. Seconds from the answer to whoever wrote one until its status speaks of it. */
export interface PoisonResult {
  readonly beside: string;
  readonly freshInstances: number;
  readonly medianWait: number;
  readonly longestWait: number;
  /** Of the controller, in seconds a minute. */
  readonly cpuSecondsPerMinute: number;
  /** Of the controller to the API server, without watches. */
  readonly requestsPerMinute: number;
}

/** What makes an instance fail in each of its passes: a namespace that lets it not be, or a spec that nobody takes. */
interface Poison {
  readonly spec: object;
  readonly objects: (namespace: string) => readonly KubeObject[];
}

const POISONS: Readonly<Record<string, Poison>> = {
  invalid: { spec: invalidSpec, objects: () => [] },
  // The CRD leaves operators to the server, which answers 422 to this one.
  'never taken': { spec: { availability: { tolerations: [{ key: 'example.com/size', operator: 'Gt', value: '5' }] } }, objects: () => [] },
  'quota full': {
    spec: {},
    objects: (namespace) => [
      { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'full', namespace }, spec: { hard: { 'count/services': '0' } } },
    ],
  },
  'refused by a policy': { spec: {}, objects: policy },
};

function policy(namespace: string): readonly KubeObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] };
  const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'false', message: 'ask the platform team' }] };
  const binding = { policyName: namespace, validationActions: ['Deny'], matchResources };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name: namespace }, spec },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: namespace }, spec: binding },
  ];
}

/** So many new ones are timed, one after the other. */
const FRESH = 10;

/** Waits of new instances: beside nobody, while as many poisonous ones as asked for come, and when those have been there for a while. */
export async function besidePoison(cluster: ClusterFiles, api: Api, settings: Settings, minutes: number): Promise<PoisonResult[]> {
  const { lib, kubeconfig, concurrency, node, count } = settings;
  const flags = ['--namespace', controllerNamespace, '--concurrency', concurrency];
  const controller = await ControllerProcess.start({ lib, kubeconfig, flags, node });
  const results: PoisonResult[] = [];
  const measure = async (beside: string, namespace: string, atLeastMs = 0): Promise<void> => {
    const audit = await startAudit(cluster, api);
    const [before, begun] = [await controller.read(), Date.now()];
    const waits = await waitsOf(api, namespace, `fresh-${results.length}`);
    await delay(Math.max(0, begun + atLeastMs - Date.now()));
    const [after, spent] = [await controller.read(), (Date.now() - begun) / 60_000];
    const requests = requestsOf(await audit.read(), controllerUser).length;
    results.push({
      beside,
      freshInstances: waits.length,
      medianWait: rounded(waits[Math.floor(waits.length / 2)] ?? NaN),
      longestWait: rounded(waits.at(-1) ?? NaN),
      cpuSecondsPerMinute: rounded((after.cpuMs - before.cpuMs) / 1000 / spent),
      requestsPerMinute: Math.round(requests / spent),
    });
    process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
  };
  try {
    const home = await createNamespace(api);
    // The first passes are slower: code gets warm.
    await waitsOf(api, home, 'warm');
    await measure('nobody', home);
    const poisoned = await prepare(api);
    const written = write(api, poisoned, count);
    await measure(`${count} that come`, home);
    await written;
    await untilTold(api, poisoned, count);
    await measure(`${count} at rest`, home, minutes * 60_000);
    await measure(`${count} at rest, in the namespace of invalid ones`, poisoned.get('invalid') ?? '');
  } finally {
    await controller.stop();
  }
  return results;
}

/** By its poison: a namespace, and all that stands in it before instances come. */
async function prepare(api: Api): Promise<ReadonlyMap<string, string>> {
  const namespaces = new Map<string, string>();
  for (const [name, { objects }] of Object.entries(POISONS)) {
    const namespace = await createNamespace(api);
    namespaces.set(name, namespace);
    for (const object of objects(namespace)) ok(await api.create(object));
  }
  const probe = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'probe', namespace: namespaces.get('refused by a policy') ?? '' } };
  const asked = async (): Promise<number> => (await api.create(probe, { dryRun: true })).status;
  await waitUntil('the policy to be in force', asked, (status) => status === 422, 60_000);
  return namespaces;
}

async function write(api: Api, namespaces: ReadonlyMap<string, string>, count: number): Promise<void> {
  const poisons = [...namespaces];
  const all = Array.from({ length: count }, (_, index) => {
    const [poison, namespace] = poisons[index % poisons.length] ?? ['', ''];
    return instance(namespace, `poison-${index}`, POISONS[poison]?.spec ?? {});
  });
  await Promise.all(all.map(async (one) => ok(await api.apply(one))));
}

/** Waits until each of them was told what is wrong with it; none may be well, or it would be no poison. */
async function untilTold(api: Api, namespaces: ReadonlyMap<string, string>, count: number): Promise<void> {
  const homes = new Set(namespaces.values());
  const told = async (): Promise<number> => {
    const all = await api.list('openclaw.rocks/v1alpha1', 'OpenClawInstance', undefined, { resourceVersion: '0' });
    const ours = all.filter(({ metadata: { namespace = '' } }) => homes.has(namespace));
    const well = ours.find(({ status }) => status?.phase === 'Running');
    if (well) throw new Error(`${well.metadata.name} is no poison: it runs`);
    return ours.filter(isTold).length;
  };
  await waitUntil('a word to each of them', told, (number) => number === count, 300_000 + count * 1000);
}

function isTold({ metadata, status }: KubeObject): boolean {
  return status?.observedGeneration === metadata.generation;
}

/** Sorted, in seconds. */
async function waitsOf(api: Api, namespace: string, name: string): Promise<number[]> {
  const waits: number[] = [];
  for (let index = 0; index < FRESH; index++) {
    const one = instance(namespace, `${name}-${index}`, { suspended: true });
    ok(await api.apply(one));
    const begun = performance.now();
    await waitUntil(`a status of ${name}-${index}`, async () => ok(await api.get(one)), isTold, 300_000);
    waits.push((performance.now() - begun) / 1000);
  }
  return waits.toSorted((one, other) => one - other);
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
