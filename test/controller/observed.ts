import { type Facts, type WrittenInstance, parts as registeredParts, render, resolve } from '../../constructs';
import { commonLabels } from '../../constructs/wire/names';
import { objectId } from '../../constructs/wire/object-ref';
import { decide } from '../../controller/decide/decide';
import type { Plan } from '../../controller/decide/plan';
import { prepare } from '../../controller/decide/prepare';
import type { StateMachine } from '../../controller/lifecycle/machine';
import type { Step } from '../../controller/lifecycle/step';
import type { KubeObject, LiveInstance, LiveMetadata } from '../../controller/objects/objects';
import { isClaim, ownerReference } from '../../controller/objects/ownership';
import { type Observed, type SecretFact, asKept } from '../../controller/observe/observed';
import { type Modifier, anInstance } from '../builders';

export const FINALIZER = 'openclaw.rocks/finalizer';

/** The instance as the cluster has it, with our finalizer. */
export function live(written: WrittenInstance = anInstance(), metadata: Partial<LiveMetadata> = {}): LiveInstance {
  const kept = { namespace: 'team-a', uid: 'uid-alice', generation: 1, resourceVersion: '7', finalizers: [FINALIZER] };
  return { ...written, metadata: { ...kept, ...written.metadata, ...metadata } };
}

/** An object as the cluster has it, with our labels, and owned by the instance where such an object is. */
export function owned(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>, instance: LiveInstance): KubeObject {
  const owner = isClaim(object) ? {} : { ownerReferences: [ownerReference(instance)] };
  const { kind, metadata } = object;
  const labels = commonLabels(instance.metadata.name);
  return {
    ...object,
    metadata: { uid: `uid-${kind}-${metadata.name}`, resourceVersion: '1', labels, ...owner, ...metadata, namespace: 'team-a' },
  };
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
  readonly metadata?: Partial<LiveMetadata>;
  readonly status?: LiveInstance['status'];
  readonly facts?: Facts;
}

/** What a pass sees: a healthy instance that was never delivered, unless a test says otherwise. */
export function anObserved({ modifiers = [], metadata = {}, status, facts = {}, ...rest }: Difference = {}): Observed {
  const instance = { ...live(anInstance(...modifiers), metadata), ...(status && { status }) };
  const { parts = registeredParts } = rest;
  return {
    instance,
    ownNamespace: 'openclaw-system',
    parts,
    resolution: asKept(resolve(instance, facts, { parts, overrides: status?.overrides ?? [] })),
    namespaceTerminating: false,
    wantedDelivery: 'apply',
    secrets: TOKEN,
    present: new Set(),
    claims: [],
    owned: [],
    ...rest,
  };
}

/** The moment at which tests decide. */
export const NOW = new Date('2026-03-01T08:00:00Z');

/** All steps of one kind. */
export function stepsOf<K extends Step['step']>(steps: readonly Step[], kind: K): Extract<Step, { readonly step: K }>[] {
  return steps.filter((step): step is Extract<Step, { readonly step: K }> => step.step === kind);
}

/** A plan with its preparation, and its steps sorted by what they are about. */
export interface SortedPlan extends Plan {
  readonly addFinalizer: boolean;
  readonly disown: readonly KubeObject[];
  readonly secrets: readonly Omit<Extract<Step, { readonly step: 'make-secret' }>, 'step'>[];
  readonly applied: readonly KubeObject[];
  readonly prune: readonly KubeObject[];
  readonly deletedClaims: readonly KubeObject[];
  /** What stands in the list, in its order. */
  readonly order: readonly Step['step'][];
}

export function planOf(observed: Observed, machines?: readonly StateMachine[]): SortedPlan {
  const preparation = prepare(observed);
  const plan = decide(observed, NOW, machines);
  const all = [...preparation, ...plan.steps];
  return {
    ...plan,
    addFinalizer: stepsOf(all, 'add-finalizer').length > 0,
    disown: stepsOf(all, 'disown-claim').map(({ claim }) => claim),
    secrets: stepsOf(all, 'make-secret').map(({ step: _step, ...rest }) => rest),
    applied: stepsOf(all, 'apply').map(({ manifest }) => manifest),
    prune: stepsOf(all, 'prune').map(({ object }) => object),
    deletedClaims: stepsOf(all, 'delete-claim').map(({ claim }) => claim),
    order: [...new Set(all.map(({ step }) => step))],
  };
}

/** The id of an object of the core group in the namespace of the instance: `ConfigMap settings`. */
export function idIn(kind: string, name: string): string {
  return objectId({ apiVersion: 'v1', kind, namespace: 'team-a', name });
}

/** `Kind name`, in the order given. */
export function names(objects: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
