import { type Facts, type Manifest, type OpenClawInstanceStatus, type Reference, type WrittenInstance, resolve } from '../../../constructs';
import { parts } from '../../../constructs/parts';
import { refOf } from '../../../constructs/wire/object-ref';
import type { KubeObject, LiveInstance } from '../../../controller/objects/objects';
import { type GitOutcome, NO_OUTCOME, type ObjectOutcome, type Outcome } from '../../../controller/decide/outcome';
import { type Delivery, type Observed, type SecretFact, asKept } from '../../../controller/observe/observed';
import type { Plan } from '../../../controller/decide/plan';
import { computeStatus } from '../../../controller/status/compute-status';
import { type EventDraft, eventsFrom } from '../../../controller/status/events';
import { sameStatus } from '../../../controller/status/same-status';
import { type Modifier, anInstance } from '../../builders';
import { idIn, planOf } from '../observed';

/** What one pass came to. */
export interface Pass {
  readonly plan: Plan;
  readonly status: OpenClawInstanceStatus;
  readonly events: readonly EventDraft[];
  /** Whether a status write is needed. */
  readonly isWritten: boolean;
}

/** Replaces the outcome of some objects: `Role/alice` and what became of it. */
export type Results = Readonly<Record<string, Pick<ObjectOutcome, 'action'> & object>>;

interface PassOptions {
  readonly results?: Results;
  readonly outcome?: Partial<Outcome>;
  /** The publisher's answer, for delivery by Git. */
  readonly git?: Partial<GitOutcome>;
}

export const START = new Date('2026-03-01T08:00:00Z');

/**
 * One instance and the objects around it, as plain values. It carries out what `decide` plans, so that status is computed from plans that
 * are really made; nothing of it stands for an API server's own behaviour.
 */
export class SmallCluster {
  public now = START;
  public written: WrittenInstance;
  public status: OpenClawInstanceStatus | undefined;
  public generation = 1;
  public delivery: Delivery = 'apply';
  public deletionTimestamp: string | undefined;
  public namespaceTerminating = false;
  public readonly objects = new Map<string, KubeObject>();
  public readonly secrets = new Map<string, SecretFact>();
  public readonly configMaps = new Map<string, Record<string, string>>();
  /** Kinds of other projects that the cluster was asked for. */
  public readonly servedKinds = new Map<string, boolean>();
  /** Claims that users bring, with their phase. */
  public readonly claims = new Map<string, string>();

  /** Pods as they are kept of a watch. */
  public podFacts: Observed['pods'] = [];

  public constructor(...modifiers: readonly Modifier[]) {
    this.written = anInstance(...modifiers);
  }

  public edit(...modifiers: readonly Modifier[]): this {
    this.written = modifiers.reduce((written, modify) => modify(written), this.written);
    this.generation += 1;
    return this;
  }

  public wait(seconds: number): this {
    this.now = new Date(this.now.getTime() + seconds * 1000);
    return this;
  }

  public addSecret(name: string, ...keys: readonly string[]): this {
    this.secrets.set(name, { uid: `uid-${name}`, keys, hash: 'h' });
    return this;
  }

  public get(key: string): KubeObject {
    const found = this.objects.get(key);
    if (found === undefined) throw new Error(`no ${key} among ${[...this.objects.keys()].join(', ')}`);
    return found;
  }

  /** Sets fields of an object's status. */
  public setStatus(key: string, status: object): this {
    const object = this.get(key);
    this.objects.set(key, { ...object, status: { ...(object['status'] as object | undefined), ...status } });
    return this;
  }

  public annotate(key: string, annotations: Record<string, string>): this {
    const object = this.get(key);
    this.objects.set(key, { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } } });
    return this;
  }

  /** The StatefulSet controller has looked at the newest generation, and so many pods of it are ready. */
  public pods(ready: number): this {
    const { generation = 1 } = this.get('StatefulSet/alice').metadata;
    return this.setStatus('StatefulSet/alice', {
      observedGeneration: generation,
      replicas: ready,
      readyReplicas: ready,
      updatedReplicas: ready,
    });
  }

  public bindClaims(): this {
    for (const [key, { kind }] of this.objects) if (kind === 'PersistentVolumeClaim') this.setStatus(key, { phase: 'Bound' });
    return this;
  }

  /** A new instance until everything runs. */
  public run(options: PassOptions = {}): this {
    // The first pass makes the Secrets, the second one knows their hash.
    this.pass(options);
    this.pass(options);
    this.bindClaims().pods(1).pass(options);
    return this;
  }

  public get instance(): LiveInstance {
    const { deletionTimestamp, generation, status, written } = this;
    return {
      ...written,
      metadata: {
        ...written.metadata,
        namespace: 'team-a',
        uid: 'uid-alice',
        generation,
        finalizers: ['openclaw.rocks/finalizer'],
        ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      },
      ...(status && { status }),
    };
  }

  public observe(): Observed {
    const { configMaps, claims, namespaceTerminating, secrets } = this;
    const facts: Facts = { servedKinds: this.servedKinds, configMaps: new Map([...configMaps].map(([name, data]) => [name, { data }])) };
    const present = [
      ...[...configMaps.keys()].map((name) => idIn('ConfigMap', name)),
      ...[...claims.keys()].map((name) => idIn('PersistentVolumeClaim', name)),
    ];
    return {
      instance: this.instance,
      ownNamespace: 'openclaw-system',
      parts,
      resolution: asKept(resolve(this.written, facts, { overrides: this.status?.overrides ?? [] })),
      namespaceTerminating,
      wantedDelivery: this.delivery,
      secrets,
      present: new Set(present),
      claims: [...claims].map(([name, phase]) => claimOf(name, phase)),
      owned: [...this.objects.values()],
      ...(this.podFacts && { pods: this.podFacts }),
    };
  }

  /** Observe, decide, carry out, report. */
  public pass({ results = {}, outcome: changes = {}, git }: PassOptions = {}): Pass {
    // A story that tells what became of the Secrets tells that none was made.
    const steps = changes.secrets ? [] : planOf(this.observe()).secrets;
    const made = steps.map(({ name, missing, uid }): Outcome['secrets'][number] => {
      this.addSecret(name, ...(this.secrets.get(name)?.keys ?? []), ...missing);
      return { name, action: uid === undefined ? 'created' : 'repaired', keys: missing };
    });
    const observed: Observed = { ...this.observe(), secrets: new Map(this.secrets) };
    const plan = planOf(observed);
    const objects = plan.delivery === 'git' ? [] : plan.manifests.map((manifest) => this.apply(manifest, results));
    const outcome: Outcome = {
      ...NO_OUTCOME,
      objects,
      pruned: plan.prune.map(refOf),
      secrets: made,
      ...(git && {
        git: {
          repository: 'https://git.example.com/fleet',
          branch: 'main',
          path: 'clusters/prod/instances/team-a/alice',
          state: 'pending',
          ...git,
        },
      }),
      ...changes,
    };
    for (const { kind, name } of outcome.pruned) this.objects.delete(`${kind}/${name}`);
    const status = computeStatus({ observed, plan, outcome }, this.now);
    const events = eventsFrom(this.status, status, outcome, 'team-a');
    const isWritten = !sameStatus(this.status, status);
    if (isWritten) this.status = status;
    return { plan, status, events, isWritten };
  }

  /** An engine brings what is wanted into the cluster. */
  public deploy(digest: string): this {
    const resolution = asKept(resolve(this.written));
    if (!resolution.ok) throw new Error('the spec is refused');
    for (const manifest of planOf({ ...this.observe(), resolution }).manifests) this.apply(manifest, {});
    return this.annotate('StatefulSet/alice', { 'openclaw.rocks/release-digest': digest });
  }

  private apply(manifest: Manifest, results: Results): ObjectOutcome {
    const { kind, metadata } = manifest;
    const key = `${kind}/${metadata.name}`;
    const name = refOf(manifest);
    const told = results[key];
    if (told && told.action !== 'created' && told.action !== 'configured') return { ...name, ...told } as ObjectOutcome;
    const before = this.objects.get(key);
    const asBefore =
      before && JSON.stringify({ ...manifest, metadata: 0 }) === JSON.stringify({ ...before, metadata: 0, status: undefined });
    if (asBefore && !told) return { ...name, action: 'unchanged' };
    const live = liveOf(manifest, before);
    this.objects.set(key, live);
    return { ...name, action: before ? 'configured' : 'created', live, ...told } as ObjectOutcome;
  }
}

function liveOf(manifest: Manifest, before: KubeObject | undefined): KubeObject {
  const owner = { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', name: 'alice', uid: 'uid-alice', controller: true };
  const metadata = {
    ...manifest.metadata,
    uid: before?.metadata.uid ?? `uid-${manifest.kind}`,
    generation: (before?.metadata.generation ?? 0) + 1,
    ...(manifest.kind !== 'PersistentVolumeClaim' && { ownerReferences: [owner] }),
  };
  const status = before?.['status'] ?? (manifest.kind === 'PersistentVolumeClaim' ? { phase: 'Pending' } : undefined);
  return { ...manifest, metadata, ...(status !== undefined && { status }) };
}

function claimOf(name: string, phase: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'team-a', uid: `uid-${name}` },
    status: { phase },
  };
}

/** `True PVCCreated`, `off` when the condition is not there. */
export function conditionText({ status }: Pick<Pass, 'status'>, type: string): string {
  const found = status.conditions?.find((condition) => condition.type === type);
  return found ? `${found.status} ${found.reason}` : 'off';
}

export function messageOf({ status }: Pick<Pass, 'status'>, type: string): string {
  const found = status.conditions?.find((condition) => condition.type === type);
  if (found === undefined) throw new Error(`no condition ${type}`);
  return found.message;
}

export function eventTexts({ events }: Pass): string[] {
  return events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

/** References as they reach `decide`, for tests that must know that a Secret is none. */
export function referencesOf(cluster: SmallCluster): readonly Reference[] {
  const { resolution } = cluster.observe();
  if (!resolution.ok) throw new Error('the spec is refused');
  return resolution.references;
}
