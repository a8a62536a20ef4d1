import type { Condition, OpenClawInstanceStatus } from '../../../constructs';
import { NO_OUTCOME, type Outcome } from '../../../controller/decide/outcome';
import { type EventDraft, eventsFrom, gathered } from '../../../controller/status/events';
import { CONDITION_LIMIT, EVENT_LIMIT } from '../../../controller/status/text';
import { withIngress, withMistake, withSpec } from '../../builders';
import { SmallCluster, eventTexts, messageOf } from './small-cluster';

function statusWith(...conditions: readonly Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[]): OpenClawInstanceStatus {
  return { conditions: conditions.map((condition) => ({ ...condition, lastTransitionTime: '2026-03-01T08:00:00Z' })) };
}

const found = statusWith({ type: 'SecretsReady', status: 'True', reason: 'AllSecretsFound', message: 'found: a, b' });
const missing = (names: string) =>
  statusWith({ type: 'SecretsReady', status: 'False', reason: 'SecretsMissing', message: `not found: ${names}` });
const reasons = (before: OpenClawInstanceStatus | undefined, after: OpenClawInstanceStatus, outcome: Outcome = NO_OUTCOME) =>
  eventsFrom(before, after, outcome, 'team-a').map(({ type, reason }) => `${type} ${reason}`);

describe('T-A10 SecretNotFound comes once a change', () => {
  test.each([
    ['missing from the start', undefined, missing('a'), ['Warning SecretNotFound']],
    ['gone', found, missing('a'), ['Warning SecretNotFound']],
    ['still gone', missing('a'), missing('a'), []],
    ['another one as well', missing('a'), missing('a, b'), ['Warning SecretNotFound']],
    ['back', missing('a'), found, []],
  ])('%s', (_, before, after, expected) => {
    expect(reasons(before, after)).toEqual(expected);
  });
});

const readyWith = (status: Condition['status'], reason: string, message = 'm') => statusWith({ type: 'Ready', status, reason, message });
const ofNextSpec = (status: OpenClawInstanceStatus): OpenClawInstanceStatus => ({
  conditions: status.conditions?.map((condition) => ({ ...condition, observedGeneration: 2 })) ?? [],
});
const succeeded = readyWith('True', 'ReconcileSucceeded');

describe('T-A10 Ready', () => {
  test.each<[string, OpenClawInstanceStatus | undefined, OpenClawInstanceStatus, string[]]>([
    ['success', undefined, succeeded, ['Normal ReconcileSucceeded']],
    ['success again', succeeded, succeeded, []],
    ['success in other words', succeeded, readyWith('True', 'ReconcileSucceeded', 'n'), []],
    ['waiting is silent', undefined, readyWith('False', 'StatefulSetNotReady'), []],
    ['waiting for a new spec is silent', succeeded, ofNextSpec(readyWith('False', 'StatefulSetNotReady')), []],
    ['T-T7 a fall that nobody asked for', succeeded, readyWith('False', 'StatefulSetNotReady'), ['Warning StatefulSetNotReady']],
    ['T-T7 a fall is told once', readyWith('False', 'StatefulSetNotReady'), readyWith('False', 'StatefulSetNotReady', 'n'), []],
    ['a retry is silent', succeeded, readyWith('False', 'Retrying'), []],
    ['a failure', succeeded, readyWith('False', 'ReconcileFailed'), ['Warning ReconcileFailed']],
    ['the same failure', readyWith('False', 'ReconcileFailed'), readyWith('False', 'ReconcileFailed'), []],
    ['another failure', readyWith('False', 'ReconcileFailed'), readyWith('False', 'ReconcileFailed', 'n'), ['Warning ReconcileFailed']],
    ['a hold', succeeded, readyWith('False', 'DeliveryChange'), ['Warning DeliveryChange']],
    ['suspended', succeeded, readyWith('False', 'Suspended'), ['Normal Suspended']],
    ['told by Committed', succeeded, readyWith('False', 'CommitFailed'), []],
  ])('%s', (_, before, after, expected) => {
    expect(reasons(before, after)).toEqual(expected);
  });
});

function resetFrom(port: number): Partial<Outcome> {
  const message = `webhook: read tcp 10.0.0.7:${port}->10.96.0.9:443: reset`;
  return { failures: [{ step: 'finalizer', failure: { reason: 'InternalError', message, transient: false } }] };
}

test('the port that a connection came from is no news', () => {
  const cluster = new SmallCluster().run();
  expect(eventTexts(cluster.pass({ outcome: resetFrom(50123) }))).toHaveLength(1);
  const again = cluster.pass({ outcome: resetFrom(50999) });
  expect([again.events, again.isWritten]).toEqual([[], false]);
});

test('Secrets of our own: made, and repaired when a key was lost', () => {
  const cluster = new SmallCluster(withIngress('nginx', { security: { basicAuth: { enabled: true } } }));
  expect(eventTexts(cluster.pass()).slice(0, 2)).toEqual([
    'Normal GatewayTokenCreated: made Secret alice-gateway-token',
    'Normal BasicAuthSecretCreated: made Secret alice-basic-auth',
  ]);
  cluster.addSecret('alice-basic-auth', 'username', 'password');
  expect(eventTexts(cluster.pass())).toContain('Normal SecretRepaired: filled auth of Secret alice-basic-auth');
});

test('an object in the way is named with who has it', () => {
  const message = 'Service alice belongs to HelmRelease alice: rename the instance, remove the object, or annotate it';
  const pass = new SmallCluster().pass({ results: { 'Service/alice': { action: 'foreign', message } as never } });
  expect(eventTexts(pass)).toContain(`Warning ReconcileFailed: ${message}`);
});

test('a lost volume is told once, in one event', () => {
  const cluster = new SmallCluster();
  cluster.pass();
  const pass = cluster.setStatus('PersistentVolumeClaim/alice-data', { phase: 'Lost' }).pass();
  expect(pass.status.phase).toBe('Failed');
  expect(pass.events.map(({ reason }) => reason)).toEqual(['ClaimLost']);
});

test('what was removed is told', () => {
  const cluster = new SmallCluster().run().edit(withSpec({ security: { networkPolicy: { enabled: false } } }));
  expect(eventTexts(cluster.pass())).toContain('Normal Pruned: removed NetworkPolicy alice');
});

test('an existing claim that is missing and a workspace map that is missing', () => {
  const cluster = new SmallCluster(
    withSpec({ storage: { persistence: { existingClaim: 'mine' } }, workspace: { configMapRef: { name: 'files' } } }),
  );
  expect(cluster.pass().events.map(({ reason }) => reason)).toEqual([
    'GatewayTokenCreated',
    'WorkspaceConfigMapNotFound',
    'ExistingClaimNotFound',
  ]);
});

describe('limits', () => {
  const names = Array.from({ length: 400 }, (_, index) => `secret-number-${String(index).padStart(3, '0')}`);

  test('many issues: whole ones, and how many more; the event is cut', () => {
    const env = names.map((name) => ({ name, value: 7 }));
    const pass = new SmallCluster(withMistake({ env })).pass();
    const message = messageOf(pass, 'ConfigValid');
    expect(message.length).toBeLessThanOrEqual(CONDITION_LIMIT);
    expect(message).toMatch(/; and \d+ more$/);
    const issues = message.split('; ').filter((text) => text.startsWith('spec.env['));
    const [, more = ''] = / and (\d+) more$/.exec(message) ?? [];
    expect(issues.length + Number(more)).toBe(400);
    for (const event of pass.events) expect(event.message.length).toBeLessThanOrEqual(EVENT_LIMIT);
    expect(pass.events).toContainEqual(expect.objectContaining({ reason: 'InvalidSpec' }));
  });

  test('many missing Secrets', () => {
    const pass = new SmallCluster(withSpec({ envFrom: names.map((name) => ({ secretRef: { name } })) })).pass();
    expect(messageOf(pass, 'SecretsReady').length).toBeLessThanOrEqual(CONDITION_LIMIT);
    const event = pass.events.find(({ reason }) => reason === 'SecretNotFound');
    expect(event?.message).toHaveLength(EVENT_LIMIT);
  });
});

describe('secret texts', () => {
  const canary = 'sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789';

  test('in an answer of the API server, in a git message and in a mistyped field: none reaches status or events', () => {
    const failure = { reason: 'Invalid', status: 422, message: `env[0].value: Invalid value: "${canary}"`, transient: false };
    const git = { code: 'SECRET-FOUND', message: `found ${canary}`, remedy: 'use a Secret', stalled: true };
    const byGit = new SmallCluster();
    byGit.delivery = 'git';
    const passes = [
      new SmallCluster().pass({ results: { 'StatefulSet/alice': { action: 'failed', failure } as never } }),
      byGit.pass({ git: { digest: 'sha256:1', failure: git } }),
      new SmallCluster(withMistake({ image: { pullPolicy: canary } })).pass(),
    ];
    for (const { status, events } of passes) {
      expect(JSON.stringify([status, events])).not.toContain('sk-ant');
      expect(JSON.stringify([status, events])).toContain('withheld');
    }
  });

  test('ordinary refusals are told word for word', () => {
    const message = 'admission webhook "policy.example.com" denied the request: label team is required';
    const failure = { reason: 'Forbidden', status: 403, message, transient: false };
    const pass = new SmallCluster().pass({ results: { 'StatefulSet/alice': { action: 'failed', failure } as never } });
    expect(messageOf(pass, 'Ready')).toBe(`StatefulSet alice: Forbidden: ${message}`);
  });
});

function drafted(type: EventDraft['type'], reason: string, message: string): EventDraft {
  return { type, reason, message };
}

describe('T-R14 the events of a first pass', () => {
  it('are one for all that a creation has to tell, a warning first', () => {
    const events = [
      drafted('Normal', 'GatewayTokenCreated', 'made Secret a'),
      drafted('Warning', 'SpecWarning', 'spec.a: one'),
      drafted('Warning', 'SpecWarning', 'spec.b: two'),
      drafted('Warning', 'SecretNotFound', 'not found: c'),
    ];
    expect(gathered(events)).toEqual([
      drafted('Warning', 'SpecWarning', 'spec.a: one; spec.b: two; SecretNotFound: not found: c; GatewayTokenCreated: made Secret a'),
    ]);
  });

  it('are told one by one where they are about what was there before', () => {
    const events = [drafted('Normal', 'GatewayTokenCreated', 'made Secret a'), drafted('Normal', 'Pruned', 'removed Ingress a')];
    expect(gathered(events)).toEqual(events);
    expect(gathered([])).toEqual([]);
  });

  it('are no longer than an event may be', () => {
    const events = Array.from({ length: 40 }, (_, index) => drafted('Warning', 'SpecWarning', `${index}${'m'.repeat(100)}`));
    const [one] = gathered(events);
    expect(one?.message.length).toBeLessThanOrEqual(1024);
    expect(one?.message).toMatch(/and \d+ more$/);
  });
});

const takenFrom = (manager: string, kind: string) => ({ apiVersion: 'v1', kind, namespace: 'team-a', name: 'alice', from: [manager] });
const toldOf = (...taken: Outcome['taken']) => eventsFrom(undefined, {}, { ...NO_OUTCOME, taken }, 'team-a');

describe('E21 taking over', () => {
  it('is one event a predecessor, which announces the restart of the pod', () => {
    expect(toldOf(takenFrom('manager', 'Service'), takenFrom('manager', 'StatefulSet'), takenFrom('kubectl', 'Role'))).toEqual([
      {
        type: 'Normal',
        reason: 'TakenOver',
        message: 'took over from "manager": Service alice, StatefulSet alice; the pod restarts once, with its name and its volume',
      },
      { type: 'Normal', reason: 'TakenOver', message: 'took over from "kubectl": Role alice' },
    ]);
  });

  it('fits into an event, however many objects there are', () => {
    const [event] = toldOf(...Array.from({ length: 200 }, () => takenFrom('manager', 'ConfigMap')), takenFrom('manager', 'StatefulSet'));
    expect(event?.message.length).toBeLessThanOrEqual(EVENT_LIMIT);
    expect(event?.message).toMatch(/the pod restarts once, with its name and its volume$/);
  });
});
