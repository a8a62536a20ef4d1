import { ok, waitUntil, type KubeObject } from '../api';
import { describeWith } from '../parts';
import { bedWithNamespace } from './bed';
import { condition, deleteInstance, eventsOf, instance, namesIn, ref, waitForCondition, waitForInstance, waitForReady } from './instances';

const ADMISSION = 'admissionregistration.k8s.io/v1';

/** A policy for one namespace, with its binding. */
function policy(namespace: string, name: string, resource: string, message: string): KubeObject[] {
  const scoped = `${namespace}-${name}`;
  const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: [resource] };
  return [
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: scoped },
      spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'false', message }] },
    },
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: scoped },
      spec: { policyName: scoped, validationActions: ['Deny'], matchResources },
    },
  ];
}

function isRefusedPod(live: KubeObject): boolean {
  return condition(live, 'StatefulSetReady')?.message.includes('violates PodSecurity') ?? false;
}

describeWith(['server', 'controllers', 'traefik'], 'a status that looks', () => {
  const bed = bedWithNamespace('of-each');
  const { api } = bed;

  test('T-T7 tells in the words of the server why it lets no pod be made', async () => {
    const sidecar = { name: 'root', image: 'registry.example.com/root:1', securityContext: { privileged: true } };
    const alice = instance(bed.namespace, 'alice', { sidecars: [sidecar] });
    ok(await api.apply(alice));
    const live = await waitForInstance(api, alice, isRefusedPod, 90_000);
    expect(condition(live, 'StatefulSetReady')?.message).toMatch(/^0 of 1 pod updated: no pod can be made: .*privileged/);
  }, 120_000);

  test('T-T10 tells why a policy denies the Secret, and delivers all but the pod', async () => {
    const words = 'ask the platform team for Secrets';
    for (const object of policy(bed.namespace, 'no-secrets', 'secrets', words)) ok(await api.create(object));
    await waitUntil(
      'the policy to be in force',
      async () => (await api.create(ref('Secret', bed.namespace, 'probe'))).status,
      (status) => status === 422,
      30_000,
    );
    const alice = instance(bed.namespace, 'alice');
    ok(await api.apply(alice));
    const { message } = await waitForCondition(api, alice, 'Ready', 'False', 'ReconcileFailed');
    expect(message).toContain(words);
    const names = await namesIn(api, bed.namespace);
    expect(names).toEqual(expect.arrayContaining(['NetworkPolicy alice', 'Role alice', 'Service alice', 'ConfigMap alice-config']));
    expect(names).not.toContain('StatefulSet alice');
    for (const { apiVersion, kind, metadata } of policy(bed.namespace, 'no-secrets', 'secrets', words)) {
      ok(await api.delete({ apiVersion, kind, metadata: { name: metadata.name ?? '' } }));
    }
  }, 90_000);

  test('T-T16 an ordinary deletion has no warning, and five edits make few events', async () => {
    const alice = instance(bed.namespace, 'alice', { image: { tag: 'latest' } });
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    const before = (await eventsOf(api, alice)).length;
    for (let edit = 1; edit <= 5; edit += 1) {
      ok(await api.patch(alice, { spec: { env: [{ name: 'EDIT', value: String(edit) }] } }));
      await waitForReady(api, alice);
    }
    expect((await eventsOf(api, alice)).length - before).toBeLessThanOrEqual(8);
    await deleteInstance(api, alice);
    expect((await eventsOf(api, alice)).filter((text) => text.includes('DeletionFailed'))).toEqual([]);
  }, 120_000);
});
