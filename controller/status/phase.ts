import type { Condition, OpenClawInstanceStatus } from '../../constructs';
import { conditionOf } from './condition';

export type Phase = NonNullable<OpenClawInstanceStatus['phase']>;

/** What the reason of `Ready` means for the phase. `broken` wants a person; `under way` gets there by itself, or as soon as what it waits for comes. */
export type Outlook = 'done' | 'degraded' | 'suspended' | 'terminating' | 'backing up' | 'restoring' | 'updating' | 'under way' | 'broken';

const OUTLOOKS: Readonly<Record<string, Outlook>> = {
  ReconcileSucceeded: 'done',
  ReconcileSucceededDegraded: 'degraded',
  Suspended: 'suspended',
  Terminating: 'terminating',
  DeletionFailed: 'terminating',
  NamespaceTerminating: 'terminating',
  BackingUp: 'backing up',
  Restoring: 'restoring',
  Updating: 'updating',
  ResolvingTag: 'under way',
  Retrying: 'under way',
  CommitPending: 'under way',
  WaitingForMerge: 'under way',
  WaitingForApproval: 'under way',
  NotApplied: 'under way',
  StatefulSetNotReady: 'under way',
  StatefulSetScalingDown: 'under way',
  StatefulSetReplacing: 'under way',
  SecretsMissing: 'under way',
  RestoreCredentialsFailed: 'under way',
  ConfigMapsMissing: 'under way',
  WorkspaceConfigMapNotFound: 'under way',
  ExistingClaimNotFound: 'under way',
  ClaimPending: 'under way',
  ClaimTerminating: 'under way',
  ClaimLost: 'broken',
  ClaimMadeAgain: 'degraded',
  InvalidSpec: 'broken',
  ConfigMapNotFound: 'broken',
  ConfigMapKeyNotFound: 'broken',
  ReconcileFailed: 'broken',
  InternalError: 'broken',
  MissingRights: 'broken',
  CommitFailed: 'broken',
  HeldInGit: 'degraded',
  DeliveryChange: 'broken',
  DeliveryLocked: 'broken',
  DeliveryUnknown: 'broken',
  NameTaken: 'broken',
  ClaimTemplates: 'broken',
  FeatureNotRendered: 'broken',
};

/** A reason that is not in the table is a hold or a failure that was added later: someone has to look. */
export function outlookOf(reason: string): Outlook {
  return OUTLOOKS[reason] ?? 'broken';
}

/**
 * Whether the last word about readiness outlives a failure that passes: what this generation had reached, it keeps; what it had not reached, it
 * has not reached yet.
 */
export function outlivesFailure(ready: Condition | undefined, generation: number): boolean {
  return ready?.observedGeneration === generation && ready.reason !== 'Retrying' && outlookOf(ready.reason) !== 'broken';
}

/** By outlook: the phase with pods that serve, with a workload that does not serve, and with no workload at all. */
const PHASES: Readonly<Record<Outlook, readonly [serving: Phase, present: Phase, absent: Phase]>> = {
  done: ['Running', 'Provisioning', 'Pending'],
  degraded: ['Degraded', 'Provisioning', 'Pending'],
  suspended: ['Suspended', 'Suspended', 'Suspended'],
  terminating: ['Terminating', 'Terminating', 'Terminating'],
  'backing up': ['BackingUp', 'BackingUp', 'BackingUp'],
  restoring: ['Restoring', 'Restoring', 'Restoring'],
  updating: ['Updating', 'Updating', 'Updating'],
  'under way': ['Provisioning', 'Provisioning', 'Pending'],
  // An invalid spec touches nothing: the pods of the last good one serve on. Whoever watches for Failed is told of an outage, and there is
  // none; what the spec now asks for is missing, and that is Degraded. `Ready` is False either way.
  broken: ['Degraded', 'Failed', 'Failed'],
};

/** Where the instance stands, read off its conditions. */
export function phaseOf(conditions: readonly Condition[], hasWorkload: boolean): Phase {
  const ready = conditionOf(conditions, 'Ready');
  const workload = conditionOf(conditions, 'StatefulSetReady');
  const [serving, present, absent] = PHASES[outlookOf(ready?.reason ?? '')];
  if (workload?.status === 'True') return serving;
  return hasWorkload ? present : absent;
}
