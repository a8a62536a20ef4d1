import { type Facts, type WrittenInstance, render, resolve } from '../../constructs';
import type { KubeObject, LiveInstance, ObjectMeta } from '../../controller/objects/objects';
import { isClaim, ownerReference } from '../../controller/objects/ownership';
import type { Observed, SecretFact } from '../../controller/observe/observed';
import { type Modifier, anInstance } from '../builders';

export const FINALIZER = 'openclaw.rocks/finalizer';

/** The instance as the cluster has it, with our finalizer. */
export function live(written: WrittenInstance = anInstance(), metadata: Partial<ObjectMeta> = {}): LiveInstance {
  const kept = { namespace: 'team-a', uid: 'uid-alice', generation: 1, resourceVersion: '7', finalizers: [FINALIZER] };
  return { ...written, metadata: { ...kept, ...written.metadata, ...metadata } };
}

/** An object as the cluster has it, owned by the instance where such an object is. */
export function owned(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>, instance: LiveInstance): KubeObject {
  const owner = isClaim(object) ? {} : { ownerReferences: [ownerReference(instance)] };
  const { kind, metadata } = object;
  return { ...object, metadata: { uid: `uid-${kind}-${metadata.name}`, resourceVersion: '1', ...owner, ...metadata, namespace: 'team-a' } };
}

/** Everything that an instance becomes, as the cluster has it. */
export function cluster(instance: LiveInstance, facts: Facts = {}): KubeObject[] {
  const resolution = resolve(instance, facts);
  if (!resolution.ok) throw new Error('the instance was refused');
  return render(resolution.instance).map((manifest) => owned(manifest, instance));
}

export function aSecretFact(name: string, ...keys: readonly string[]): SecretFact {
  return { uid: `uid-${name}`, keys, hash: `hash-${name}` };
}

/** The gateway token, as it is there once it was made. */
export const TOKEN: ReadonlyMap<string, SecretFact> = new Map([['alice-gateway-token', aSecretFact('alice-gateway-token', 'token')]]);

interface Difference extends Partial<Omit<Observed, 'resolution' | 'instance'>> {
  readonly modifiers?: readonly Modifier[];
  /** Laid over the metadata. */
  readonly metadata?: Partial<ObjectMeta>;
  readonly status?: LiveInstance['status'];
  readonly facts?: Facts;
}

/** What a pass sees: a healthy instance that was never delivered, unless a test says otherwise. */
export function anObserved({ modifiers = [], metadata = {}, status, facts = {}, ...rest }: Difference = {}): Observed {
  const instance = { ...live(anInstance(...modifiers), metadata), ...(status && { status }) };
  return {
    instance,
    resolution: resolve(instance, facts),
    namespaceTerminating: false,
    wantedDelivery: 'apply',
    secrets: TOKEN,
    present: new Set(),
    owned: [],
    ...rest,
  };
}

/** `Kind name`, in the order given. */
export function names(objects: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
