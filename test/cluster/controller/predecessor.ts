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

/** The workload as early releases made it: a Deployment with the same pod. */
export function asDeployment(manifest: Manifest): KubeObject {
  const { metadata, spec } = asPredecessor(manifest);
  const { selector, template } = spec as { selector: object; template: object };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 1, selector, template } };
}

/** The same with autoscaling: each pod has a claim of its own, and there is none for all. */
export function asScaled(manifest: Manifest): KubeObject | undefined {
  if (manifest.kind === 'PersistentVolumeClaim') return undefined;
  const object = asPredecessor(manifest);
  if (object.kind !== 'StatefulSet') return object;
  const { template } = object['spec'];
  const volumes = template.spec.volumes.filter(({ name }: { readonly name: string }) => name !== 'data');
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec }];
  const pods = { ...template, spec: { ...template.spec, volumes } };
  return { ...object, spec: { ...object['spec'], replicas: 2, template: pods, volumeClaimTemplates } };
}

/**
 * Makes the objects of an instance as the reference operator does: one POST each, with the instance as the owner.
 *
 * @param as what becomes of a manifest of ours. @default - the form without autoscaling
 */
export async function makeAsPredecessor(
  api: Api,
  instance: KubeObject,
  as: (manifest: Manifest) => KubeObject | undefined = asPredecessor,
): Promise<void> {
  const { namespace = '', name } = instance.metadata;
  const token = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-gateway-token`, namespace, labels: manifestsOf(instance)[0]?.metadata.labels ?? {} },
    stringData: { token: 'a-token-of-the-reference-operator' },
  };
  for (const object of [token, ...manifestsOf(instance).flatMap((manifest) => as(manifest) ?? [])]) {
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
