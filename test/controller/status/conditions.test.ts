import type { OpenClawInstanceSpec } from '../../../constructs';
import { ApiError } from '../../../controller/api/errors';
import { failureOf } from '../../../controller/carry-out/failures';
import { withChromium, withMistake, withSpec } from '../../builders';
import { owned } from '../observed';
import { type Pass, SmallCluster, conditionText, messageOf, referencesOf } from './small-cluster';

const forbidden = (message: string) =>
  ({ action: 'failed', failure: { reason: 'Forbidden', status: 403, message, transient: false } }) as const;
const lostRace = {
  action: 'failed',
  failure: { reason: 'Conflict', status: 409, message: 'the object has been modified', transient: true },
} as const;

/** A row: what the case is about, the pass, and the condition after it. */
type Row = readonly [title: string, pass: () => Pass, expected: string, message?: RegExp];

function table(type: string, rows: readonly Row[]): void {
  describe(`condition ${type}`, () => {
    test.each(rows.map(([title, ...row]) => ({ title, row })))('$title', ({ row: [pass, expected, message = /./] }) => {
      const after = pass();
      expect(conditionText(after, type)).toBe(expected);
      expect(expected === 'off' ? 'no message' : messageOf(after, type)).toMatch(message);
    });
  });
}

const cluster = (spec: OpenClawInstanceSpec = {}) => new SmallCluster(withSpec(spec));
const broken = withMistake({ image: { pullPolicy: 'Sometimes' }, storage: { persistence: { size: 'much' } } });

table('ConfigValid', [
  ['the ConfigMap is written', () => cluster().pass(), 'True ConfigMapCreated', /alice-config/],
  [
    'an invalid spec: every issue at once, with its path',
    () => new SmallCluster(broken).pass(),
    'False InvalidSpec',
    /^spec\.image\.pullPolicy: .+; spec\.storage\.persistence\.size: .+/,
  ],
  [
    'the referenced ConfigMap is missing',
    () => cluster({ config: { configMapRef: { name: 'mine' } } }).pass(),
    'False ConfigMapNotFound',
    /spec\.config\.configMapRef\.name: ConfigMap "mine" was not found/,
  ],
  [
    'the referenced ConfigMap lacks the key',
    () => {
      const one = cluster({ config: { configMapRef: { name: 'mine' } } });
      one.configMaps.set('mine', { other: '{}' });
      return one.pass();
    },
    'False ConfigMapKeyNotFound',
    /has no key "openclaw\.json"/,
  ],
  [
    'a missing ConfigMap beside other mistakes is an invalid spec',
    () => new SmallCluster(broken, withSpec({ config: { configMapRef: { name: 'mine' } } })).pass(),
    'False InvalidSpec',
  ],
  [
    'the ConfigMap could not be written',
    () => cluster().pass({ results: { 'ConfigMap/alice-config': forbidden('no') } }),
    'False ApplyFailed',
    /ConfigMap alice-config: Forbidden: no/,
  ],
]);

/** A running cluster whose StatefulSet then tells this. */
const workload = (status: object) => cluster().run().setStatus('StatefulSet/alice', status).pass();

table('StatefulSetReady', [
  ['just created', () => cluster().pass(), 'False StatefulSetNotReady'],
  ['pods are ready', () => cluster().run().pass(), 'True StatefulSetReady', /1 of 1 pod ready/],
  ['the pod is not ready', () => workload({ readyReplicas: 0 }), 'False StatefulSetNotReady', /0 of 1 pod ready/],
  ['the ready pod is of the old revision', () => workload({ updatedReplicas: 0 }), 'False StatefulSetNotReady', /0 of 1 pod updated/],
  ['the status is of an older generation', () => workload({ observedGeneration: 0 }), 'False StatefulSetNotReady', /not yet followed/],
  [
    'changed in this very pass: the old pods do not count',
    () =>
      cluster()
        .run()
        .edit(withSpec({ image: { tag: '2026.9.7' } }))
        .pass(),
    'False StatefulSetNotReady',
    /not yet followed/,
  ],
  [
    'suspended, pods still stop',
    () => {
      const one = cluster()
        .run()
        .edit(withSpec({ suspended: true }));
      one.pass();
      return one.pods(0).setStatus('StatefulSet/alice', { replicas: 1 }).pass();
    },
    'False StatefulSetScalingDown',
    /1 pod has yet to stop/,
  ],
  [
    'suspended',
    () => {
      const one = cluster()
        .run()
        .edit(withSpec({ suspended: true }));
      one.pass();
      return one.pods(0).pass();
    },
    'True StatefulSetSuspended',
  ],
  [
    'being replaced',
    () =>
      cluster()
        .run()
        .pass({ results: { 'StatefulSet/alice': { action: 'replacing' } } }),
    'False StatefulSetReplacing',
  ],
  ['an invalid spec from the start', () => new SmallCluster(broken).pass(), 'off'],
  ['an invalid spec while pods run', () => cluster().run().edit(broken).pass(), 'True StatefulSetReady'],
]);

table('ServiceReady', [
  ['created', () => cluster().pass(), 'True ServiceCreated', /in place: Service alice$/],
  [
    'two Services',
    () => cluster({ chromium: { enabled: true } }).pass(),
    'True ServiceCreated',
    /Service alice, Service alice-cdp|Service alice-cdp, Service alice/,
  ],
  [
    'someone else has one of that name',
    () =>
      cluster().pass({ results: { 'Service/alice': { action: 'foreign', message: 'Service alice was made by someone else' } as never } }),
    'False ObjectNotOurs',
    /made by someone else/,
  ],
  [
    'a lost race at creation: not there',
    () => cluster().pass({ results: { 'Service/alice': lostRace } }),
    'False NotApplied',
    /Service alice/,
  ],
  [
    'a lost race later: what is there serves',
    () =>
      cluster()
        .run()
        .pass({ results: { 'Service/alice': lostRace } }),
    'True ServiceCreated',
  ],
  ['nothing delivered and nothing there', () => new SmallCluster(broken).pass(), 'off'],
]);

table('NetworkPolicyReady', [
  ['created', () => cluster().pass(), 'True NetworkPolicyCreated'],
  ['refused', () => cluster().pass({ results: { 'NetworkPolicy/alice': forbidden('quota') } }), 'False ApplyFailed', /Forbidden: quota/],
  [
    'T90 it leaves when the policy is switched off',
    () =>
      cluster()
        .run()
        .edit(withSpec({ security: { networkPolicy: { enabled: false } } }))
        .pass(),
    'off',
  ],
]);

/** What the API server says of a Role that grants more than its writer holds, as the controller tells it. */
const escalation = {
  action: 'failed',
  failure: failureOf(
    new ApiError(
      'roles "alice" is forbidden: user "x" is attempting to grant RBAC permissions not currently held: {APIGroups:[""]}',
      403,
      'Forbidden',
    ),
  ),
} as const;

table('RBACReady', [
  ['created', () => cluster().pass(), 'True RBACCreated', /ServiceAccount alice, Role alice, RoleBinding alice/],
  [
    'an account of the user',
    () => cluster({ security: { rbac: { createServiceAccount: false, serviceAccountName: 'mine' } } }).pass(),
    'True RBACCreated',
  ],
  [
    'T91 rules beyond the rights of the controller are told with the field and the cure',
    () => cluster().pass({ results: { 'Role/alice': escalation } }),
    'False ApplyFailed',
    /^Role alice: Forbidden: .*security\.rbac\.additionalRules .*: narrow the rules, or give the controller/,
  ],
]);

function twoClaims(data: string, browser: string): Pass {
  const one = new SmallCluster(withChromium({ persistence: { enabled: true } }));
  one.pass();
  one.setStatus('PersistentVolumeClaim/alice-data', { phase: data });
  return one.setStatus('PersistentVolumeClaim/alice-chromium-data', { phase: browser }).pass();
}

const storage = (persistence: object) => cluster({ storage: { persistence } });

/** An autoscaled instance whose StatefulSet has made a claim a pod, in these phases; and one of another instance. */
function claimsOfPods(...phases: readonly string[]): Pass {
  const one = cluster({ availability: { autoScaling: { enabled: true } } });
  one.pass();
  for (const [name, phase] of [...phases.map((is, pod) => [`data-alice-${pod}`, is] as const), ['data-alice-b-0', 'Lost'] as const]) {
    const made = owned({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name } }, one.instance);
    one.objects.set(`PersistentVolumeClaim/${name}`, { ...made, status: { phase } });
  }
  return one.pods(1).pass();
}

table('StorageReady', [
  [
    'T-O10 the claim exists and is not bound: no pod is scheduled yet, and that is no fault',
    () => cluster().pass(),
    'Unknown ClaimPending',
    /until the pod is scheduled/,
  ],
  ['T-O10 bound', () => cluster().run().pass(), 'True PVCCreated', /bound: claim alice-data/],
  [
    'T-O10 the pod has a node and the volume does not come',
    () => {
      const one = cluster();
      one.pass();
      return one.annotate('PersistentVolumeClaim/alice-data', { 'volume.kubernetes.io/selected-node': 'node-1' }).pass();
    },
    'False ClaimPending',
    /node node-1/,
  ],
  [
    'the volume is lost',
    () => cluster().run().setStatus('PersistentVolumeClaim/alice-data', { phase: 'Lost' }).pass(),
    'False ClaimLost',
    /backup/,
  ],
  [
    'T-K1 the claims of pods are judged',
    () => claimsOfPods('Bound', 'Bound'),
    'True PVCCreated',
    /bound: claim data-alice-0, claim data-alice-1/,
  ],
  ['T-K1 one of them is lost', () => claimsOfPods('Bound', 'Lost'), 'False ClaimLost', /claim data-alice-1/],
  ['a lost claim outweighs one that waits', () => twoClaims('Pending', 'Lost'), 'False ClaimLost', /alice-chromium-data/],
  ['in any order', () => twoClaims('Lost', 'Pending'), 'False ClaimLost', /claim alice-data/],
  [
    'an existing claim is missing',
    () => storage({ existingClaim: 'mine' }).pass(),
    'False ExistingClaimNotFound',
    /claim mine \(spec\.storage/,
  ],
  [
    'an existing claim is bound',
    () => {
      const one = storage({ existingClaim: 'mine' });
      one.claims.set('mine', 'Bound');
      return one.pass();
    },
    'True PVCCreated',
    /claim mine/,
  ],
  [
    'an existing claim is pending',
    () => {
      const one = storage({ existingClaim: 'mine' });
      one.claims.set('mine', 'Pending');
      return one.pass();
    },
    'Unknown ClaimPending',
  ],
  [
    'the claim was refused',
    () => cluster().pass({ results: { 'PersistentVolumeClaim/alice-data': forbidden('exceeded quota') } }),
    'False ApplyFailed',
    /exceeded quota/,
  ],
  [
    'T90 it leaves when persistence is switched off',
    () =>
      cluster()
        .run()
        .edit(withSpec({ storage: { persistence: { enabled: false } } }))
        .pass(),
    'off',
  ],
  ['an invalid spec tells nothing of storage: the last word stays', () => cluster().run().edit(broken).pass(), 'True PVCCreated'],
]);

const key = (optional: boolean) => ({ env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'openai', key: 'token', optional } } }] });

table('SecretsReady', [
  ['our own Secret is made in the pass', () => cluster().pass(), 'True AllSecretsFound', /alice-gateway-token/],
  [
    'a Secret is missing: its name, key and purpose',
    () => cluster(key(false)).pass(),
    'False SecretsMissing',
    /openai \(key token; variable KEY\)/,
  ],
  ['the Secret lacks the key', () => cluster(key(false)).addSecret('openai', 'other').pass(), 'False SecretsMissing', /key token/],
  ['the Secret is there', () => cluster(key(false)).addSecret('openai', 'token').pass(), 'True AllSecretsFound', /openai/],
  ['T74 an optional Secret is not missing', () => cluster(key(true)).pass(), 'True AllSecretsFound', /^found: alice-gateway-token$/],
  [
    'our own Secret could not be made, and one of the user is missing',
    () => {
      const failure = { reason: 'Forbidden', status: 403, message: 'exceeded quota: q', transient: false };
      return cluster(key(false)).pass({ outcome: { secrets: [{ name: 'alice-gateway-token', action: 'failed', failure }] } });
    },
    'False SecretsMissing',
    /^not found: openai \(key token; variable KEY\); alice-gateway-token could not be made: Forbidden: exceeded quota: q$/,
  ],
  [
    'T90 it leaves when nothing refers to a Secret',
    () => cluster({ config: { raw: { gateway: { auth: { mode: 'trusted-proxy' } } } } }).pass(),
    'off',
  ],
]);

test('T74 an optional Secret is no reference at all', () => {
  expect(referencesOf(cluster(key(true))).map(({ name }) => name)).not.toContain('openai');
  expect(referencesOf(cluster(key(false))).map(({ name }) => name)).toContain('openai');
});

const withMap: OpenClawInstanceSpec = { workspace: { configMapRef: { name: 'files' } } };

table('WorkspaceReady', [
  ['no map is referenced', () => cluster().pass(), 'off'],
  ['the map is missing', () => cluster(withMap).pass(), 'False ConfigMapNotFound', /files \(workspace files\)/],
  [
    'the map is there',
    () => {
      const one = cluster(withMap);
      one.configMaps.set('files', { 'A.md': 'a' });
      return one.pass();
    },
    'True Resolved',
    /files/,
  ],
  [
    'T65 T90 it leaves with the reference, and nothing stays degraded',
    () =>
      cluster(withMap)
        .run()
        .edit((one) => ({ ...one, spec: {} }))
        .pass(),
    'off',
  ],
]);

const withPack: OpenClawInstanceSpec = { skills: ['pack:acme/packs/draw'] };

table('SkillPacksReady', [
  ['no pack is asked for', () => cluster().pass(), 'off'],
  ['a pack cannot be had', () => cluster(withPack).pass(), 'False ResolutionFailed', /acme\/packs\/draw is left out/],
  [
    'T65 it leaves with the pack, and nothing stays degraded',
    () =>
      cluster(withPack)
        .run()
        .edit((one) => ({ ...one, spec: {} }))
        .pass(),
    'off',
  ],
]);

test('T65 an instance without its workspace map is degraded, and no longer once the reference is gone', () => {
  const one = cluster(withMap).run();
  expect(one.pass().status.phase).toBe('Degraded');
  one.edit((written) => ({ ...written, spec: { image: { tag: '2026.9.6' } } })).pass();
  expect(one.pods(1).pass().status.phase).toBe('Running');
});

const routed = () =>
  cluster({
    networking: { httpRoute: { enabled: true, parentRefs: [{ name: 'public' }] } },
    security: { networkPolicy: { allowedIngressNamespaces: ['gateways'] } },
  });

table('HTTPRouteReady', [
  ['the route is there', () => routed().pass(), 'True HTTPRouteReconciled', /HTTPRoute alice/],
  ['nobody asks for one', () => cluster().pass(), 'off'],
  [
    'the cluster lacks the Gateway API: the rest is delivered',
    () => {
      const one = routed();
      one.servedKinds.set('gateway.networking.k8s.io/v1/HTTPRoute', false);
      return one.pass();
    },
    'False GatewayAPINotInstalled',
    /install the CRDs of the Gateway API/,
  ],
]);
