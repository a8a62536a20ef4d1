import type { Condition } from '../../../constructs';
import type { Failure } from '../../../controller/decide/outcome';
import { type Outlook, type Phase, outlookOf, phaseOf } from '../../../controller/status/phase';
import { withMistake, withSpec } from '../../builders';
import { type Pass, SmallCluster, conditionText, eventTexts, messageOf } from './small-cluster';

function conditions(ready: string, serving: boolean): Condition[] {
  const shared = { message: '', lastTransitionTime: '' };
  return [
    { type: 'Ready', status: ready === 'ReconcileSucceeded' ? 'True' : 'False', reason: ready, ...shared },
    { type: 'StatefulSetReady', status: serving ? 'True' : 'False', reason: 'any', ...shared },
  ];
}

/** By reason of `Ready`: phase with pods that serve, with a workload that does not, and with none. */
const TABLE: readonly [reason: string, outlook: Outlook, serving: Phase, present: Phase, absent: Phase][] = [
  ['ReconcileSucceeded', 'done', 'Running', 'Provisioning', 'Pending'],
  ['ReconcileSucceededDegraded', 'degraded', 'Degraded', 'Provisioning', 'Pending'],
  ['StatefulSetNotReady', 'under way', 'Provisioning', 'Provisioning', 'Pending'],
  ['StatefulSetReplacing', 'under way', 'Provisioning', 'Provisioning', 'Pending'],
  ['SecretsMissing', 'under way', 'Provisioning', 'Provisioning', 'Pending'],
  ['ExistingClaimNotFound', 'under way', 'Provisioning', 'Provisioning', 'Pending'],
  ['Retrying', 'under way', 'Provisioning', 'Provisioning', 'Pending'],
  ['CommitPending', 'under way', 'Provisioning', 'Provisioning', 'Pending'],
  ['NotApplied', 'under way', 'Provisioning', 'Provisioning', 'Pending'],
  ['InvalidSpec', 'broken', 'Degraded', 'Failed', 'Failed'],
  ['ConfigMapNotFound', 'broken', 'Degraded', 'Failed', 'Failed'],
  ['ReconcileFailed', 'broken', 'Degraded', 'Failed', 'Failed'],
  ['CommitFailed', 'broken', 'Degraded', 'Failed', 'Failed'],
  ['DeliveryChange', 'broken', 'Degraded', 'Failed', 'Failed'],
  ['AHoldOfTomorrow', 'broken', 'Degraded', 'Failed', 'Failed'],
  ['Suspended', 'suspended', 'Suspended', 'Suspended', 'Suspended'],
  ['Terminating', 'terminating', 'Terminating', 'Terminating', 'Terminating'],
  ['DeletionFailed', 'terminating', 'Terminating', 'Terminating', 'Terminating'],
  ['NamespaceTerminating', 'terminating', 'Terminating', 'Terminating', 'Terminating'],
];

test.each(TABLE)('Ready %s is %s: %s, %s, %s', (reason, outlook, serving, present, absent) => {
  expect(outlookOf(reason)).toBe(outlook);
  expect(phaseOf(conditions(reason, true), true)).toBe(serving);
  expect(phaseOf(conditions(reason, false), true)).toBe(present);
  expect(phaseOf(conditions(reason, false), false)).toBe(absent);
});

const broken = withMistake({ image: { pullPolicy: 'Sometimes' } });
const failing = (failure: Failure) => ({ action: 'failed', failure }) as const;
const refused: Failure = { reason: 'Invalid', status: 422, message: 'spec.rules: not like this', transient: false };
const lostRace: Failure = { reason: 'Conflict', status: 409, message: 'the object has been modified', transient: true };

function outlineOf(pass: Pass): string {
  return `${pass.status.phase}, ${conditionText(pass, 'Ready')}`;
}

describe('Ready and phase of whole passes', () => {
  test('a new instance is provisioned until its pod is ready', () => {
    const cluster = new SmallCluster();
    expect(outlineOf(cluster.pass())).toBe('Provisioning, False StatefulSetNotReady');
    cluster.run();
    expect(outlineOf(cluster.pass())).toBe('Running, True ReconcileSucceeded');
  });

  test.each([
    ['no pod is ready', { readyReplicas: 0 }],
    ['the StatefulSet has not observed its generation', { observedGeneration: 0 }],
    ['only pods of the old revision are ready', { updatedReplicas: 0 }],
  ])('T-C5 T49 not Running while %s', (_, status) => {
    const cluster = new SmallCluster().run().setStatus('StatefulSet/alice', status);
    expect(outlineOf(cluster.pass())).toBe('Provisioning, False StatefulSetNotReady');
  });

  test('T-C5 an edit that changes the pod is not Ready in the pass that makes it', () => {
    const cluster = new SmallCluster().run().edit(withSpec({ image: { tag: '2026.9.7' } }));
    expect(outlineOf(cluster.pass())).toBe('Provisioning, False StatefulSetNotReady');
  });

  test('an invalid spec beside running pods is Degraded and never Ready, without any it is Failed', () => {
    expect(outlineOf(new SmallCluster(broken).pass())).toBe('Failed, False InvalidSpec');
    const running = new SmallCluster().run().edit(broken).pass();
    expect(outlineOf(running)).toBe('Degraded, False InvalidSpec');
    expect(running.plan.manifests).toEqual([]);
  });

  test('a lasting failure: Failed at first, Degraded where pods of before serve', () => {
    const results = { 'Ingress/alice': failing(refused), 'Service/alice': failing(refused) };
    const first = new SmallCluster().pass({ results });
    expect(outlineOf(first)).toBe('Failed, False ReconcileFailed');
    expect(messageOf(first, 'Ready')).toBe('Service alice: Invalid: spec.rules: not like this');
    expect(outlineOf(new SmallCluster().run().pass({ results }))).toBe('Degraded, False ReconcileFailed');
  });

  test('T-A7 T46 a lost race on a running instance changes no phase, no condition, and has no event', () => {
    const cluster = new SmallCluster().run();
    const { isWritten, events, status } = cluster.pass({
      results: { 'Service/alice': failing(lostRace), 'StatefulSet/alice': failing(lostRace) },
    });
    expect(status.phase).toBe('Running');
    expect(isWritten).toBe(false);
    expect(events).toEqual([]);
  });

  test('T-A7 T46 nor on a suspended one', () => {
    const cluster = new SmallCluster().run().edit(withSpec({ suspended: true }));
    cluster.pass();
    cluster.pods(0).pass();
    const retried = cluster.pass({ results: { 'StatefulSet/alice': failing(lostRace) } });
    expect(outlineOf(retried)).toBe('Suspended, False Suspended');
    expect(retried.isWritten).toBe(false);
  });

  test('T-A7 a lost race on a changed spec does not pretend that the change is in place', () => {
    const cluster = new SmallCluster().run().edit(withSpec({ image: { tag: '2026.9.7' } }));
    const retried = cluster.pass({ results: { 'StatefulSet/alice': failing(lostRace) } });
    expect(outlineOf(retried)).toBe('Provisioning, False Retrying');
    expect(retried.events).toEqual([]);
    expect(outlineOf(cluster.pass({ results: { 'StatefulSet/alice': failing(lostRace) } }))).toBe('Provisioning, False Retrying');
    cluster.pass();
    expect(outlineOf(cluster.pods(1).pass())).toBe('Running, True ReconcileSucceeded');
  });

  test('a field conflict is no failure: the phase stays, and the other manager is named', () => {
    const cluster = new SmallCluster().run();
    const conflicts = [{ manager: 'kubectl-edit', fields: ['.spec.type', '.spec.ports'] }];
    const pass = cluster.pass({ results: { 'Service/alice': { action: 'configured', conflicts } as never } });
    expect(outlineOf(pass)).toBe('Running, True ReconcileSucceeded');
    expect(eventTexts(pass)).toEqual([
      'Warning FieldConflict: Service alice: took .spec.ports, .spec.type from "kubectl-edit"; set it in the OpenClawInstance instead',
    ]);
  });

  test('a Secret that goes while the pod runs degrades; one that was never there keeps the pod from starting', () => {
    const cluster = new SmallCluster(withSpec({ envFrom: [{ secretRef: { name: 'keys' } }] }));
    const first = cluster.pass();
    expect(outlineOf(first)).toBe('Provisioning, False SecretsMissing');
    expect(messageOf(first, 'Ready')).toMatch(/^not found: keys/);
    cluster.addSecret('keys', 'A').run();
    cluster.secrets.delete('keys');
    cluster.pass();
    const gone = cluster.pods(1).pass();
    expect(outlineOf(gone)).toBe('Degraded, True ReconcileSucceededDegraded');
    expect(messageOf(gone, 'Ready')).toMatch(/^SecretsReady: not found: keys/);
  });

  test('a ConfigMap of a variable that is missing explains the pod that does not start', () => {
    const pass = new SmallCluster(withSpec({ envFrom: [{ configMapRef: { name: 'settings' } }] })).pass();
    expect(outlineOf(pass)).toBe('Provisioning, False ConfigMapsMissing');
    expect(eventTexts(pass).filter((text) => text.includes('ConfigMapNotFound'))).toHaveLength(1);
  });

  test('a StatefulSet that is made anew is under way, and told once', () => {
    const cluster = new SmallCluster().run();
    const results = { 'StatefulSet/alice': { action: 'replacing' } } as const;
    const pass = cluster.pass({ results });
    expect(outlineOf(pass)).toBe('Provisioning, False StatefulSetReplacing');
    expect(eventTexts(pass)).toEqual([expect.stringMatching(/^Normal StatefulSetReplacing: /)]);
    expect(eventTexts(cluster.pass({ results }))).toEqual([]);
  });

  test('T61 a terminating namespace is told as such', () => {
    const cluster = new SmallCluster().run();
    cluster.namespaceTerminating = true;
    expect(outlineOf(cluster.pass())).toBe('Terminating, False NamespaceTerminating');
  });

  test('T60 a deletion that cannot go on says why', () => {
    const cluster = new SmallCluster().run();
    cluster.deletionTimestamp = '2026-03-01T09:00:00Z';
    expect(outlineOf(cluster.pass())).toBe('Terminating, False Terminating');
    const failure: Failure = { reason: 'Forbidden', status: 403, message: 'no right to patch', transient: false };
    const stuck = cluster.pass({ outcome: { failures: [{ step: 'owner reference of claim alice-data', failure }] } });
    expect(outlineOf(stuck)).toBe('Terminating, False DeletionFailed');
    expect(eventTexts(stuck)).toEqual(['Warning DeletionFailed: owner reference of claim alice-data: Forbidden: no right to patch']);
  });

  test('a spec that no longer resolves can still be deleted', () => {
    const cluster = new SmallCluster().run().edit(broken);
    cluster.deletionTimestamp = '2026-03-01T09:00:00Z';
    expect(outlineOf(cluster.pass())).toBe('Terminating, False Terminating');
  });

  test('a change of delivery is held, and the pods keep serving', () => {
    const cluster = new SmallCluster().run();
    cluster.delivery = 'git';
    const pass = cluster.pass();
    expect(outlineOf(pass)).toBe('Degraded, False DeliveryChange');
    expect(pass.status.delivery).toBe('apply');
    expect(messageOf(pass, 'Ready')).toMatch(/set it back/);
  });
});
