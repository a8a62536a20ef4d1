import type { OpenClawInstanceStatus } from '../../../constructs';
import { sameStatus, statusPatch } from '../../../controller/status/same-status';
import { validateSchema } from '../../../constructs/schema/validate';
import { schemaOf } from '../../../constructs/schema/schemas';
import { withChromium, withIngress, withMistake, withSpec } from '../../builders';
import { START, SmallCluster, conditionText } from './small-cluster';

const broken = withMistake({ image: { pullPolicy: 'Sometimes' } });
const basicAuth = withIngress('nginx', { security: { basicAuth: { enabled: true } } });

function transition(status: OpenClawInstanceStatus, type: string): string | undefined {
  return status.conditions?.find((condition) => condition.type === type)?.lastTransitionTime;
}

test('T-A5 T2 a hundred passes over an unchanged instance write nothing and have no event', () => {
  const cluster = new SmallCluster(withChromium(), basicAuth).run();
  const before = JSON.stringify(cluster.status);
  for (let pass = 0; pass < 100; pass += 1) {
    const { isWritten, events, status } = cluster.wait(300).pass();
    expect([isWritten, events, status.lastReconcileTime]).toEqual([false, [], cluster.status?.lastReconcileTime]);
  }
  expect(JSON.stringify(cluster.status)).toBe(before);
});

describe('times', () => {
  test('T-A5 lastReconcileTime moves with the generation alone, and with a condition alone', () => {
    const cluster = new SmallCluster().run();
    cluster.wait(60);
    cluster.generation += 1;
    expect(cluster.pass().status.lastReconcileTime).toBe('2026-03-01T08:01:00Z');
    cluster.wait(60);
    expect(cluster.pass().status.lastReconcileTime).toBe('2026-03-01T08:01:00Z');
    expect(cluster.pods(0).pass().status.lastReconcileTime).toBe('2026-03-01T08:02:00Z');
  });

  test('it is the time of a good pass: a broken spec does not move it', () => {
    const cluster = new SmallCluster();
    expect(new SmallCluster(broken).pass().status.lastReconcileTime).toBeUndefined();
    cluster.run().wait(60).edit(broken);
    expect(cluster.pass().status.lastReconcileTime).toBe('2026-03-01T08:00:00Z');
  });

  test('a time of transition stays while the status value does, whatever reason and message say', () => {
    const cluster = new SmallCluster().run();
    const running = cluster.status ?? {};
    expect(cluster.wait(60).setStatus('StatefulSet/alice', { updatedReplicas: 0 }).pass().status.conditions).toContainEqual(
      expect.objectContaining({ type: 'StatefulSetReady', lastTransitionTime: '2026-03-01T08:01:00Z' }),
    );
    const again = cluster.wait(60).setStatus('StatefulSet/alice', { updatedReplicas: 1, readyReplicas: 0 }).pass().status;
    expect(transition(again, 'StatefulSetReady')).toBe('2026-03-01T08:01:00Z');
    expect(transition(again, 'ServiceReady')).toBe(transition(running, 'ServiceReady'));
  });

  test('times are whole seconds, as the API has them', () => {
    const cluster = new SmallCluster();
    cluster.now = new Date(START.getTime() + 123);
    expect(cluster.pass().status.lastReconcileTime).toBe('2026-03-01T08:00:00Z');
  });
});

test('observedGeneration is set on failure too, in the status and in each condition that was judged', () => {
  const cluster = new SmallCluster().run().edit(broken);
  const { status } = cluster.pass();
  expect(status.observedGeneration).toBe(2);
  expect(Object.fromEntries(status.conditions?.map(({ type, observedGeneration }) => [type, observedGeneration]) ?? [])).toEqual({
    Ready: 2,
    ConfigValid: 2,
    StatefulSetReady: 2,
    ServiceReady: 2,
    NetworkPolicyReady: 2,
    RBACReady: 2,
    StorageReady: 1,
    SecretsReady: 1,
  });
});

describe('endpoints', () => {
  test('of a new instance', () => {
    const { status } = new SmallCluster().pass();
    expect(status.gatewayEndpoint).toBe('alice.team-a.svc:18789');
    expect(status.canvasEndpoint).toBe('alice.team-a.svc:18793');
  });

  test('ports that a user has replaced are no endpoints', () => {
    const ports = [{ name: 'http', port: 80, targetPort: 18790 }];
    const { status } = new SmallCluster(withSpec({ networking: { service: { ports } } })).pass();
    expect([status.gatewayEndpoint, status.canvasEndpoint]).toEqual([undefined, undefined]);
  });

  test('T90 they go with the Service', () => {
    const failure = { reason: 'Forbidden', message: 'no', transient: false };
    const { status } = new SmallCluster().pass({ results: { 'Service/alice': { action: 'failed', failure } as never } });
    expect(status.gatewayEndpoint).toBeUndefined();
  });
});

describe('managedResources', () => {
  const all = {
    statefulSet: 'alice',
    service: 'alice',
    configMap: 'alice-config',
    pvc: 'alice-data',
    networkPolicy: 'alice',
    podDisruptionBudget: 'alice',
    serviceAccount: 'alice',
    role: 'alice',
    roleBinding: 'alice',
    gatewayTokenSecret: 'alice-gateway-token',
  };
  const full = [withChromium({ persistence: { enabled: true } }), basicAuth];

  test('names of all that is there', () => {
    expect(new SmallCluster().pass().status.managedResources).toEqual(all);
    expect(new SmallCluster(...full).pass().status.managedResources).toEqual({
      ...all,
      chromiumPVC: 'alice-chromium-data',
      basicAuthSecret: 'alice-basic-auth',
    });
  });

  test('T90 a name goes with its feature, even where the object stays: claims do', () => {
    const cluster = new SmallCluster(...full).run();
    cluster.edit((written) => ({
      ...written,
      spec: {
        storage: { persistence: { enabled: false } },
        security: { networkPolicy: { enabled: false } },
        availability: { podDisruptionBudget: { enabled: false } },
      },
    }));
    const { pvc: _pvc, networkPolicy: _policy, podDisruptionBudget: _budget, ...rest } = all;
    expect(cluster.pass().status.managedResources).toEqual(rest);
    expect(cluster.objects.has('PersistentVolumeClaim/alice-data')).toBe(true);
  });

  test('a claim and a Secret of the user: the claim is the data, the Secret is not managed', () => {
    const cluster = new SmallCluster(
      withSpec({ storage: { persistence: { existingClaim: 'mine' } }, gateway: { existingSecret: 'token-of-mine' } }),
    );
    cluster.claims.set('mine', 'Bound');
    const { gatewayTokenSecret: _, ...rest } = all;
    expect(cluster.addSecret('token-of-mine', 'token').pass().status.managedResources).toEqual({ ...rest, pvc: 'mine' });
  });

  test('what could not be made has no name', () => {
    const failure = { reason: 'Forbidden', message: 'no', transient: false };
    const { status } = new SmallCluster().pass({ results: { 'Role/alice': { action: 'failed', failure } as never } });
    const { role: _, ...rest } = all;
    expect(status.managedResources).toEqual(rest);
  });

  test('an invalid spec leaves the names as they are', () => {
    const cluster = new SmallCluster().run();
    expect(cluster.edit(broken).pass().status.managedResources).toEqual(all);
  });
});

test('delivery is recorded with the first delivery, not before', () => {
  const cluster = new SmallCluster(broken);
  expect(cluster.pass().status.delivery).toBeUndefined();
  expect(cluster.edit(withSpec({ image: { pullPolicy: 'Always' } })).pass().status.delivery).toBe('apply');
});

test('T65 conditions that nothing here judges leave; state of other machines stays', () => {
  const cluster = new SmallCluster();
  cluster.status = {
    conditions: [
      { type: 'SkillPacksReady', status: 'False', reason: 'ResolutionFailed', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
    lastBackupPath: 'backups/1',
    autoUpdate: { currentVersion: '2026.9.6' },
  };
  const pass = cluster.pass();
  expect(conditionText(pass, 'SkillPacksReady')).toBe('off');
  expect(pass.status).toMatchObject({ lastBackupPath: 'backups/1', autoUpdate: { currentVersion: '2026.9.6' } });
});

test('every status fits the schema of the CRD', () => {
  const schema = schemaOf('openclawinstances');
  const cluster = new SmallCluster(withChromium(), basicAuth).run();
  const git = new SmallCluster(broken);
  git.delivery = 'git';
  const statuses = [cluster.pass(), cluster.edit(broken).pass(), git.pass({ git: { digest: 'sha256:1' } })].map(({ status }) => status);
  for (const status of statuses) {
    expect(validateSchema(schema, { ...cluster.written, spec: {}, status } as never)).toEqual([]);
    expect(JSON.stringify(status)).not.toContain('null');
  }
});

describe('sameStatus', () => {
  const condition = { type: 'Ready', status: 'True', reason: 'Ok', message: 'fine', lastTransitionTime: '2026-03-01T08:00:00Z' } as const;
  const other = { ...condition, type: 'ServiceReady' };
  const status: OpenClawInstanceStatus = {
    phase: 'Running',
    observedGeneration: 1,
    conditions: [condition, other],
    lastReconcileTime: '2026-03-01T08:00:00Z',
  };

  test.each<[string, OpenClawInstanceStatus | undefined, boolean]>([
    ['itself', { ...status }, true],
    [
      'other times',
      {
        ...status,
        lastReconcileTime: '2027-01-01T00:00:00Z',
        conditions: [{ ...condition, lastTransitionTime: '2027-01-01T00:00:00Z' }, other],
      },
      true,
    ],
    ['another order', { ...status, conditions: [other, condition] }, true],
    ['another phase', { ...status, phase: 'Failed' }, false],
    ['another generation', { ...status, observedGeneration: 2 }, false],
    ['another message', { ...status, conditions: [{ ...condition, message: 'finer' }, other] }, false],
    ['a condition judged for another generation', { ...status, conditions: [{ ...condition, observedGeneration: 2 }, other] }, false],
    ['a condition more', { ...status, conditions: [condition, other, { ...condition, type: 'Third' }] }, false],
    ['a condition less', { ...status, conditions: [condition] }, false],
    ['a name more', { ...status, managedResources: { service: 'alice' } }, false],
    ['nothing', undefined, false],
  ])('T-A5 compared with %s', (_, compared, expected) => {
    expect(sameStatus(status, compared)).toBe(expected);
    expect(sameStatus(compared, status)).toBe(expected);
  });
});

test('the patch of a status takes away what has gone', () => {
  const before: OpenClawInstanceStatus = { phase: 'Running', gatewayEndpoint: 'a', managedResources: { service: 'alice', role: 'alice' } };
  const after: OpenClawInstanceStatus = { phase: 'Running', canvasEndpoint: 'b', managedResources: { service: 'alice' } };
  expect(statusPatch(before, after)).toEqual({ gatewayEndpoint: null, canvasEndpoint: 'b', managedResources: { role: null } });
  expect(statusPatch(undefined, after)).toEqual(after);
  expect(statusPatch(before, { ...before })).toEqual({});
});
