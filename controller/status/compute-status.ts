import type { Condition, OpenClawInstanceStatus } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { objectNames } from '../../constructs/wire/names';
import { MACHINE_CONDITIONS, MACHINE_FIELDS } from '../lifecycle/machine';
import { type Verdict, type Verdicts, conditionOf, stamp, timestamp } from './condition';
import { configValid } from './conditions/config-valid';
import { deploymentReady } from './conditions/deployment-ready';
import { applied, commitsSigned, committed } from './conditions/git';
import { objectsLeft } from './conditions/objects-left';
import { networkPolicyReady, partConditions, rbacReady, serviceReady } from './conditions/objects-ready';
import { predecessorWrites } from './conditions/predecessor-writes';
import { ready } from './conditions/ready';
import { secretsReady, workspaceReady } from './conditions/references-ready';
import { skillPacksReady } from './conditions/skill-packs-ready';
import { statefulSetReady } from './conditions/stateful-set-ready';
import { storageReady } from './conditions/storage-ready';
import { endpoints } from './endpoints';
import { deliveryStatus, gitStatus } from './git-status';
import { managedResources } from './managed-resources';
import { outlookOf, phaseOf } from './phase';
import { sameConditions } from './same-status';
import { type StatusInput, type StatusView, liveAt, viewOf } from './status-input';

/** Conditions of state machines: what they do not speak of in a pass stays as they left it. */
function machineVerdicts({ plan: { tellings, silences }, previous }: StatusView): Verdicts {
  const kept = MACHINE_CONDITIONS.filter((type) => conditionOf(previous.conditions, type) && !silences.includes(type)).map(
    (type) => [type, 'unjudged'] as const,
  );
  const told = tellings.map(({ type, status, reason, message }) => [type, { status, reason, message }] as const);
  return Object.fromEntries<Verdict>([...kept, ...told]);
}

/** One function a condition. A condition whose feature is off is not there at all. */
function verdictsOf(view: StatusView): Verdicts {
  const parts: Verdicts = {
    ConfigValid: configValid(view),
    StatefulSetReady: statefulSetReady(view),
    DeploymentReady: deploymentReady(view),
    ServiceReady: serviceReady(view),
    NetworkPolicyReady: networkPolicyReady(view),
    RBACReady: rbacReady(view),
    StorageReady: storageReady(view),
    ...partConditions(view),
    ObjectsLeft: objectsLeft(view),
    PredecessorWrites: predecessorWrites(view),
    SecretsReady: secretsReady(view),
    WorkspaceReady: workspaceReady(view),
    SkillPacksReady: skillPacksReady(view),
    Committed: committed(view),
    CommitsSigned: commitsSigned(view),
    Applied: applied(view),
  };
  const all = { ...parts, ...machineVerdicts(view) };
  return { Ready: ready(view, all), ...all };
}

/**
 * The time of the last good pass that made a difference. It moves with a condition, and with the generation, which every condition names; never
 * by itself.
 */
function reconcileTime({ previous }: StatusView, conditions: readonly Condition[], now: Date): string | undefined {
  const reason = conditionOf(conditions, 'Ready')?.reason ?? '';
  const isGood = reason !== 'Retrying' && outlookOf(reason) !== 'broken';
  return isGood && !sameConditions(previous.conditions, conditions) ? timestamp(now) : previous.lastReconcileTime;
}

/** Fields that belong to state machines. What they have to say was recorded before the steps of the pass. */
function machineFields(previous: OpenClawInstanceStatus): OpenClawInstanceStatus {
  return Object.fromEntries(MACHINE_FIELDS.map((field) => [field, previous[field]]));
}

function defined<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/**
 * The status of an instance after a pass. Computed anew each time from what was seen and done; of the last status only times are kept, and
 * judgements that this pass could not make.
 *
 * @param now whole seconds of it reach the status, and only where something changed
 */
export function computeStatus(input: StatusInput, now: Date): OpenClawInstanceStatus {
  const view = viewOf(input);
  const { previous, generation, instance } = view;
  const conditions = stamp(verdictsOf(view), previous.conditions, generation, now);
  const hasWorkload = liveAt(view, kinds.statefulSet, objectNames.statefulSet(instance.metadata.name)) !== undefined;
  return defined<OpenClawInstanceStatus>({
    ...machineFields(previous),
    phase: phaseOf(conditions, hasWorkload),
    conditions,
    observedGeneration: generation,
    lastReconcileTime: reconcileTime(view, conditions, now),
    ...endpoints(view),
    delivery: deliveryStatus(view),
    git: gitStatus(view),
    managedResources: managedResources(view),
  });
}
