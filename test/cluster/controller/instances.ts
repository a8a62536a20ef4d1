import { setTimeout as delay } from 'node:timers/promises';
import type { OpenClawInstanceSpec } from '../../../constructs';
import { emittedKinds, resourcePath } from '../../../controller/objects/kinds';
import { ok, waitUntil, type Api, type KubeObject, type ObjectRef } from '../api';

/** What holds an instance until its end is dealt with. */
export const FINALIZER = 'openclaw.rocks/finalizer';

export function instance(namespace: string, name: string, spec: OpenClawInstanceSpec = {}): KubeObject {
  return {
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawInstance',
    metadata: { name, namespace },
    spec: { image: { tag: '2026.9.6' }, ...spec },
  };
}

/** An object of a namespace, to read or to delete. */
export function ref(kind: string, namespace: string, name: string, apiVersion = apiVersionOf(kind)): ObjectRef {
  return { apiVersion, kind, metadata: { name, namespace } };
}

/** One line for each object: two of the same lines are the same object, unchanged but for its status. */
export function versions(objects: readonly KubeObject[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid} ${metadata.generation}`);
}

function apiVersionOf(kind: string): string {
  return emittedKinds.find((known) => known.kind === kind)?.apiVersion ?? 'v1';
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

export function condition(object: KubeObject, type: string): Condition | undefined {
  const all: readonly Condition[] = object['status']?.conditions ?? [];
  return all.find((one) => one.type === type);
}

/** Whether the status speaks of the present spec and says Ready with this status. */
export function isReady(object: KubeObject, status = 'True'): boolean {
  const ready = condition(object, 'Ready');
  return object['status']?.observedGeneration === object.metadata.generation && ready?.status === status;
}

/** Waits until an instance is as wanted; the error of a time-out shows its conditions. */
export async function waitForInstance(
  api: Api,
  object: ObjectRef,
  predicate: (live: KubeObject) => boolean,
  timeoutMs = 60_000,
): Promise<KubeObject> {
  let live: KubeObject | undefined;
  const read = async (): Promise<unknown> => {
    live = ok(await api.get(object));
    if (predicate(live)) return 'as wanted';
    const conditions: readonly Condition[] = live['status']?.conditions ?? [];
    return {
      generation: live.metadata.generation,
      conditions: conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`),
    };
  };
  await waitUntil(`OpenClawInstance ${object.metadata.name}`, read, (state) => state === 'as wanted', timeoutMs);
  if (live === undefined) throw new Error('nothing was read');
  return live;
}

/** Waits until the instance as it now stands is Ready. */
export async function waitForReady(api: Api, object: ObjectRef, timeoutMs?: number): Promise<KubeObject> {
  return waitForInstance(api, object, (live) => isReady(live), timeoutMs);
}

/** Waits until a condition speaks of the present spec with this status and, where given, this reason. */
export async function waitForCondition(api: Api, object: ObjectRef, type: string, status: string, reason?: string): Promise<Condition> {
  const isThere = (live: KubeObject): boolean => {
    const found = condition(live, type);
    const isPresent = live['status']?.observedGeneration === live.metadata.generation;
    return isPresent && found?.status === status && (reason === undefined || found.reason === reason);
  };
  const found = condition(await waitForInstance(api, object, isThere), type);
  if (found === undefined) throw new Error(`no condition ${type}`);
  return found;
}

/** The pods of an instance. */
export async function podsOf(api: Api, { metadata }: ObjectRef): Promise<readonly KubeObject[]> {
  const pods = await api.list('v1', 'Pod', metadata.namespace);
  return pods.filter((pod) => pod.metadata.labels?.['app.kubernetes.io/instance'] === metadata.name);
}

/** UIDs of pods that are not on their way out. */
export async function podUids(api: Api, object: ObjectRef): Promise<string[]> {
  return (await podsOf(api, object)).filter(({ metadata }) => !metadata['deletionTimestamp']).map(({ metadata }) => metadata.uid ?? '');
}

/** Every object of the kinds that we make, in one namespace, that is not there by itself. */
export async function objectsIn(api: Api, namespace: string): Promise<KubeObject[]> {
  const lists = await Promise.all(
    emittedKinds.map(async (kind) => {
      const answer = await api.request('GET', resourcePath(kind, namespace));
      const items: readonly KubeObject[] = answer.status === 404 ? [] : ok(answer)['items'];
      return items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
    }),
  );
  return lists.flat().filter(({ kind, metadata }) => !isOfEveryNamespace(kind, metadata.name ?? ''));
}

function isOfEveryNamespace(kind: string, name: string): boolean {
  return (kind === 'ServiceAccount' && name === 'default') || (kind === 'ConfigMap' && name === 'kube-root-ca.crt');
}

/** `Kind name`, sorted: what a namespace holds. */
export async function namesIn(api: Api, namespace: string): Promise<string[]> {
  // Jobs end by themselves, and stay for a day.
  const lasting = (await objectsIn(api, namespace)).filter(({ kind }) => kind !== 'Job');
  return lasting.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();
}

/** The events about an instance, as `Type Reason: message`. */
export async function eventsOf(api: Api, { metadata }: ObjectRef): Promise<string[]> {
  const events = await api.list('v1', 'Event', metadata.namespace);
  return events
    .filter((event) => event['involvedObject'].kind === 'OpenClawInstance' && event['involvedObject'].name === metadata.name)
    .map((event) => `${event['type']} ${event['reason']}: ${event['message']}`);
}

/** Deletes an instance and waits until the server has let it go. */
export async function deleteInstance(api: Api, object: ObjectRef, timeoutMs = 30_000): Promise<void> {
  await api.delete(object);
  await api.waitForGone(object, timeoutMs);
}

/** Waits until a namespace holds exactly these (`Kind name`). */
export async function waitForNames(api: Api, namespace: string, expected: readonly string[], timeoutMs = 30_000): Promise<void> {
  const wanted = [...expected].toSorted().join('\n');
  await waitUntil(
    `namespace ${namespace} to hold ${wanted || 'nothing'}`,
    () => namesIn(api, namespace),
    (names) => names.join('\n') === wanted,
    timeoutMs,
  );
}

/** Deletes namespaces with everything in them and waits until their instances are gone, so that no later controller meets them. */
export async function removeNamespaces(api: Api, namespaces: readonly string[]): Promise<void> {
  for (const name of namespaces) await api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const namespace of namespaces) {
    const read = (): Promise<readonly KubeObject[]> => api.list('openclaw.rocks/v1alpha1', 'OpenClawInstance', namespace);
    await waitUntil(`no instance in ${namespace}`, read, (found) => found.length === 0, 60_000);
  }
}

/** Waits until nothing in a namespace has changed for a moment: the cluster's own controllers write to status after all is ready. */
export async function waitForQuiet(api: Api, namespace: string): Promise<void> {
  let before = '';
  const read = async (): Promise<boolean> => {
    await delay(1000);
    const now = (await objectsIn(api, namespace)).map(({ metadata }) => metadata.resourceVersion).join();
    const same = now === before;
    before = now;
    return same;
  };
  await waitUntil(`${namespace} to be quiet`, read, (same) => same, 60_000);
}
