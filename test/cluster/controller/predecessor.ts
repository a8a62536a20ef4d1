import { type WrittenInstance, render, resolve } from '../../../constructs';
import type { Manifest } from '../../../constructs/wire/manifest';
import { ok, type Api, type KubeObject } from '../api';

/** The field manager of the reference operator: controller-runtime's default. */
export const PREDECESSOR = 'manager';

/** Our manifests of an instance, as a base of what others have made. */
export function manifestsOf(instance: KubeObject): Manifest[] {
  const resolution = resolve(instance as unknown as WrittenInstance);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return render(resolution.instance);
}

/** The reference that the reference operator puts on everything, claims included. */
export function ownerOf({ apiVersion, kind, metadata: { name, uid } }: KubeObject): object {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

interface PodFields {
  readonly containers: readonly KubeObject[];
  readonly initContainers?: readonly KubeObject[];
}

/**
 * The StatefulSet as an older release of the reference operator writes it: probes that run a program, an init container that nobody makes any more,
 * and the defaults that it spells out.
 */
export function asPredecessor(manifest: Manifest): KubeObject {
  const object = structuredClone(manifest) as KubeObject;
  if (object.kind !== 'StatefulSet') return object;
  const pod: PodFields = object['spec'].template.spec;
  const probe = { exec: { command: ['node', '-e', ''] }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  const containers = pod.containers.map((container) => ({
    ...container,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...(container['livenessProbe'] && { livenessProbe: probe, readinessProbe: probe, startupProbe: probe }),
  }));
  const [first] = pod.containers;
  const old = { name: 'init-pnpm', image: first?.['image'], command: ['true'], securityContext: first?.['securityContext'] };
  const template = {
    ...object['spec'].template,
    spec: { ...pod, containers, initContainers: [old, ...(pod.initContainers ?? [])], restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' },
  };
  return { ...object, spec: { ...object['spec'], template } };
}

/** Makes the objects of an instance as the reference operator does: one POST each, with the instance as the owner. */
export async function makeAsPredecessor(api: Api, instance: KubeObject): Promise<void> {
  const { namespace = '', name } = instance.metadata;
  const token = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-gateway-token`, namespace, labels: manifestsOf(instance)[0]?.metadata.labels ?? {} },
    stringData: { token: 'a-token-of-the-reference-operator' },
  };
  for (const object of [token, ...manifestsOf(instance).map(asPredecessor)]) {
    const metadata = { ...object.metadata, ownerReferences: [ownerOf(instance)] };
    ok(await api.create({ ...object, metadata }, { fieldManager: PREDECESSOR }));
  }
}

/** The field managers of an object, as `Operation manager`, sorted. */
export function managersOf({ metadata }: KubeObject): string[] {
  const entries = (metadata['managedFields'] ?? []) as readonly { manager: string; operation: string; subresource?: string }[];
  return entries
    .filter(({ subresource }) => !subresource)
    .map(({ manager, operation }) => `${operation} ${manager}`)
    .toSorted();
}
