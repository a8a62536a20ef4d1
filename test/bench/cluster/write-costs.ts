import { setTimeout as delay } from 'node:timers/promises';
import { ok, type Answer, type Api, type KubeObject, type ObjectRef } from '../../cluster/api';
import type { ClusterFiles } from '../../cluster/cluster';
import { createNamespace } from '../../cluster/namespaces';
import { clusterLoad } from './cluster-load';

/** What is written, one after the other. */
const WRITES = ['ConfigMap create', 'create', 'spec patch', 'status patch'] as const;

export type Write = (typeof WRITES)[number];

/** What a definition costs the API server. */
export interface WriteCosts {
  /** CPU of the API server for one write, in ms: the mean of the quietest round. */
  readonly cpuMs: Readonly<Record<Write, number>>;
  /** Size of an instance as the server gives it after its creation, as JSON. */
  readonly storedBytes: number;
}

export interface WriteSettings {
  /** Writes of each sort in a round. */
  readonly count: number;
  readonly rounds: number;
}

/** The server makes a new definition ready, and its documentation of it, for some seconds after it was taken. */
const SETTLE_MS = 10_000;

const WARM_UP = 20;

const status = {
  phase: 'Pending',
  conditions: [{ type: 'Ready', status: 'False', reason: 'X', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' }],
};

/**
 * Writes instances, and ConfigMaps beside them, one request at a time, and looks at the CPU time of the API server. No controller answers.
 *
 * @param kind apiVersion and kind of an installed definition whose objects may be those of an OpenClawInstance
 */
export async function writeCosts(
  { folder }: ClusterFiles,
  api: Api,
  kind: Pick<ObjectRef, 'apiVersion' | 'kind'>,
  { count, rounds }: WriteSettings,
): Promise<WriteCosts> {
  const namespace = await createNamespace(api);
  const configMap = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { a: 'b' },
  });
  const instance = (name: string): KubeObject => ({
    ...kind,
    metadata: { name, namespace },
    spec: { envFrom: [{ secretRef: { name: 'keys' } }] },
  });
  const writes: Readonly<Record<Write, (name: string) => Promise<Answer>>> = {
    'ConfigMap create': (name) => api.create(configMap(name)),
    create: (name) => api.create(instance(name)),
    'spec patch': (name) => api.patch(instance(name), { spec: { env: [{ name: 'A', value: 'b' }] } }),
    'status patch': (name) => api.patch(instance(name), { status }, 'status'),
  };
  await delay(SETTLE_MS);
  for (const write of WRITES) await each(WARM_UP, (index) => writes[write](`warm-${index}`));
  const best = new Map<Write, number>();
  for (let round = 0; round < rounds; round++) {
    for (const write of WRITES) {
      const before = serverCpu(folder);
      await each(count, (index) => writes[write](`i${round}-${index}`));
      best.set(write, Math.min(best.get(write) ?? Infinity, (serverCpu(folder) - before) / count));
    }
  }
  const stored = ok(await api.create(instance('stored')));
  const cpuMs = Object.fromEntries(WRITES.map((write) => [write, best.get(write) ?? NaN])) as Record<Write, number>;
  return { cpuMs, storedBytes: Buffer.byteLength(JSON.stringify(stored)) };
}

async function each(count: number, write: (index: number) => Promise<Answer>): Promise<void> {
  for (let index = 0; index < count; index++) ok(await write(index));
}

function serverCpu(folder: string): number {
  const used = clusterLoad(folder).get('kube-apiserver');
  if (used === undefined) throw new Error('the API server does not run');
  return used;
}
