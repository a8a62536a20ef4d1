import { type Instance, type ManagedObject, type Manifest, type Part, type Reference, render } from '../../constructs';
import { REPLICAS } from '../../constructs/spec/override';
import { kinds } from '../../constructs/wire/kinds';
import { idOf } from '../../constructs/wire/object-ref';
import type { Hold, Move, StateMachine } from '../lifecycle/machine';
import { machines as registeredMachines } from '../lifecycle/machines';
import type { Step } from '../lifecycle/step';
import type { KubeObject } from '../objects/objects';
import { Recent } from '../objects/recent';
import { isAppliedByUs } from '../objects/writers';
import { type Observed, deliveryOf, handOverOf, referenceId } from '../observe/observed';
import { type RenderedRelease, releaseOf } from './additions';
import { deliveryHold, lossHold } from './hold';
import { isFromGit, letGoSteps, releaseMarkerId, takeBackSteps } from './hand-over';
import type { Plan } from './plan';
import { type Surplus, surplus } from './prune';
import { secretHash } from './rollout';
import { takeOverSteps, withoutScaledReplicas } from './take-over';

/** One resolution is rendered once as long as passes follow each other; manifests of all instances would take most of the memory. */
const renders = new Recent<Instance, Manifest[]>(64);

/** Whether the next plan of this instance needs no rendering. */
export function isRendered(instance: Instance): boolean {
  return renders.has(instance);
}

function manifestsOf(instance: Instance, parts: readonly Part[]): Manifest[] {
  return renders.get(instance, () => render(instance, { parts }));
}

function isMissing(reference: Reference, observed: Observed): boolean {
  const { secrets, present } = observed;
  const { kind, name, keys, generate, namespaceOf } = reference;
  if (generate !== undefined) return false;
  if (kind !== 'Secret' || namespaceOf === 'controller') return !present.has(referenceId(reference, observed));
  const live = secrets.get(name);
  return live === undefined || keys.some((key) => !live.keys.includes(key));
}

/** Whether a Secret is filled in this very pass. */
function isOnItsWay({ kind, name }: Reference, steps: readonly Step[]): boolean {
  return kind === 'Secret' && steps.some((step) => step.step === 'mirror-secret' && step.name === name);
}

/** Why no pod is asked for. Of a spec that does not resolve only what is written can be told. */
function noPods({ instance: { spec }, resolution }: Observed): Pick<Plan, 'noPods'> {
  const suspended = { noPods: 'spec.suspended is set' };
  if (!resolution.ok) return spec?.suspended === true ? suspended : {};
  if (resolution.hosts.replicas !== 0) return {};
  const override = resolution.instance.overrides?.findLast(({ field }) => field === REPLICAS);
  return override ? { noPods: `the pods are stopped for a time (${override.reason})` } : suspended;
}

const NO_SURPLUS: Surplus = { prune: [], left: [] };

const NAMESPACE_TERMINATING: Hold = { reason: 'NamespaceTerminating', message: 'the namespace is being deleted' };

function managedOf(parts: readonly Part[]): ManagedObject[] {
  return parts.flatMap(({ managed = [] }) => managed);
}

/** What all moves come to, whether or not manifests are delivered. */
function fromMoves(
  moves: readonly Move[],
): Pick<Plan, 'record' | 'steps' | 'requeueAfterMs' | 'hold' | 'activity' | 'tellings' | 'silences'> {
  const waits = moves.flatMap(({ requeueAfterMs }) => requeueAfterMs ?? []);
  const hold = moves.find((move) => move.hold)?.hold;
  const activity = moves.find((move) => move.activity)?.activity;
  return {
    record: Object.assign({}, ...moves.map(({ record }) => record)) as Plan['record'],
    steps: moves.flatMap(({ steps = [] }) => steps),
    ...(waits.length > 0 && { requeueAfterMs: Math.min(...waits) }),
    ...(hold && { hold }),
    ...(activity && { activity }),
    tellings: moves.flatMap(({ tellings = [] }) => tellings),
    silences: moves.flatMap(({ silences = [] }) => silences),
  };
}

/** What rolls the pods of an instance that is there already: a release that cannot do that is not to change anything else either. */
function previewSteps(complete: readonly Manifest[], { owned }: Observed): Step[] {
  const { kind } = kinds.statefulSet;
  const present = owned.filter((object) => object.kind === kind).map(idOf);
  const workloads = complete.filter((manifest) => manifest.kind === kind && present.includes(idOf(manifest)));
  return workloads.map((manifest) => ({ step: 'preview', manifest }));
}

/** Who applies is asked for first, where what an engine made has to be ours before it can be applied. */
function deliverySteps({ complete }: RenderedRelease, prune: readonly KubeObject[], plan: Plan, observed: Observed): Step[] {
  const publish: Step[] = complete.length > 0 ? [{ step: 'publish' }] : [];
  if (plan.delivery === 'git') return [...publish, ...letGoSteps(complete, observed)];
  const isTakenBack = plan.handOver === 'apply' || (plan.handOver === undefined && isFromGit(observed));
  const takeBack = isTakenBack ? takeBackSteps(complete, observed) : [];
  // Until the cache has seen that they changed hands, they are not ours.
  if (takeBack.some(({ object }) => !isAppliedByUs(object))) return takeBack;
  const sent = complete.map((manifest) => withoutScaledReplicas(manifest, observed));
  return [
    ...takeOverSteps(complete, observed),
    ...takeBack,
    ...previewSteps(sent, observed),
    ...sent.map((manifest): Step => ({ step: 'apply', manifest })),
    ...prune.map((object): Step => ({ step: 'prune', object })),
    ...(plan.handOver === 'git' ? publish : []),
    ...(plan.handOver === 'apply' ? [{ step: 'retire' } as const] : []),
  ];
}

/** On its way from one delivery to the other, an instance may have to leave both. */
function endingDelivery(observed: Observed): Pick<Plan, 'delivery'> {
  return { delivery: observed.instance.status?.git === undefined ? deliveryOf(observed) : 'git' };
}

/** Whoever changes hands is applied until the other side has it. */
function movingDelivery(observed: Observed): Pick<Plan, 'delivery' | 'handOver'> {
  const handOver = handOverOf(observed);
  return handOver === undefined ? { delivery: deliveryOf(observed) } : { delivery: 'apply', handOver };
}

/**
 * What to do about one instance. Pure: the same observation gives the same plan.
 *
 * State machines come first, and deletion before the others, so that an instance whose spec no longer resolves can still be deleted. An invalid
 * spec delivers nothing and prunes nothing: the pods of the last good one keep running.
 *
 * @param machines in the order in which they are asked. @default - all registered ones
 */
export function decide(observed: Observed, now: Date, machines: readonly StateMachine[] = registeredMachines): Plan {
  const { resolution, parts, namespaceTerminating } = observed;
  const moves: Move[] = [];
  for (const machine of machines) {
    const move = machine(observed, now);
    if (move) moves.push(move);
    if (move?.alone || move?.last) break;
  }
  const isEnding = moves.some(({ alone }) => alone);
  const common = {
    ...(isEnding ? endingDelivery(observed) : movingDelivery(observed)),
    isEnding,
    manifests: [],
    additions: new Map(),
    overrides: [],
    ...noPods(observed),
    keep: new Set<string>(),
    managed: managedOf(parts),
    references: [],
    missing: [],
    left: [],
    ...fromMoves(moves),
  };
  if (common.isEnding) return common;
  if (namespaceTerminating) return { ...common, steps: [], record: {}, hold: NAMESPACE_TERMINATING };
  if (!resolution.ok) return common;
  return deliver(observed, resolution, moves, common);
}

/** The plan of an instance that resolves and stays. */
function deliver(observed: Observed, resolution: Observed['resolution'] & { ok: true }, moves: readonly Move[], common: Plan): Plan {
  const { instance, parts } = observed;
  const { references } = resolution;
  const { delivery, steps } = common;
  const generated = references.filter(({ generate }) => generate).map((reference) => referenceId(reference, observed));
  const plan: Plan = {
    ...common,
    overrides: resolution.instance.overrides ?? [],
    keep: new Set([
      ...generated,
      ...moves.flatMap(({ keep = [] }) => keep),
      ...(common.handOver === 'git' ? [releaseMarkerId(instance)] : []),
    ]),
    references,
    missing: references.filter((reference) => isMissing(reference, observed) && !isOnItsWay(reference, common.steps)),
  };
  const hold = deliveryHold(observed, delivery) ?? common.hold;
  if (hold) return { ...plan, hold };
  const manifests = manifestsOf(resolution.instance, parts);
  const loss = lossHold(manifests, observed);
  if (loss) return { ...plan, hold: loss };
  const hash = secretHash(resolution, observed);
  const release = releaseOf(manifests, { instance, delivery, secretHash: hash });
  const committed = plan.handOver === 'git' ? releaseOf(manifests, { instance, delivery: 'git', secretHash: hash }) : release;
  const { prune, left } = delivery === 'apply' ? surplus(manifests, plan.keep, observed) : NO_SURPLUS;
  return {
    ...plan,
    manifests,
    madeWith: { facts: resolution.instance.facts, parts },
    left,
    additions: committed.additions,
    steps: [...deliverySteps(release, prune, plan, observed), ...steps],
  };
}
