import { ok, type KubeObject } from '../api';
import { isWrite, startAudit } from '../audit';
import { describeWith, testCluster } from '../parts';
import { bedWithNamespace } from './bed';
import { controllerUser } from './controller';
import { condition, eventsOf, instance, objectsIn, ref, versions, waitForCondition, waitForReady } from './instances';

describeWith(['server', 'controllers', 'traefik'], 'a spec that does not resolve', () => {
  const bed = bedWithNamespace('of-all');
  const { api } = bed;
  const alice = () =>
    instance(bed.namespace, 'alice', {
      networking: { ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'a.example.com' }] } },
    });

  beforeAll(async () => {
    ok(await api.apply(alice()));
    await waitForReady(api, alice());
  }, 90_000);

  test('applies nothing and prunes nothing, says why with the generation, and takes no pod away', async () => {
    const before = versions(await objectsIn(api, bed.namespace));
    // Together with the fault something is switched off, and something is changed.
    const patch = { config: { configMapRef: { name: 'nowhere' } }, networking: { ingress: null }, env: [{ name: 'A', value: 'b' }] };
    const { metadata } = ok(await api.patch(alice(), { spec: patch }));
    const { message } = await waitForCondition(api, alice(), 'Ready', 'False', 'ConfigMapNotFound');
    expect(message).toContain('spec.config.configMapRef');
    expect(message).toContain('nowhere');
    await bed.running.passAll();
    expect(versions(await objectsIn(api, bed.namespace))).toEqual(before);
    const live = ok(await api.get(alice()));
    expect(live['status'].observedGeneration).toBe(metadata.generation);
    expect(live['status'].phase).toBe('Degraded');
    expect(condition(live, 'StatefulSetReady')?.status).toBe('True');
    expect((await eventsOf(api, alice())).filter((event) => event.includes('nowhere'))).toHaveLength(1);
  });

  test('further passes write nothing', async () => {
    const audit = await startAudit(testCluster(), api);
    for (let pass = 0; pass < 5; pass++) await bed.running.passAll();
    expect((await audit.read()).filter((event) => event.user.username === controllerUser && isWrite(event))).toEqual([]);
  });

  test('is delivered as soon as what was missing comes', async () => {
    const map: KubeObject = {
      ...ref('ConfigMap', bed.namespace, 'nowhere'),
      metadata: { name: 'nowhere', namespace: bed.namespace },
      data: { 'openclaw.json': '{}' },
    };
    ok(await api.create(map));
    await waitForReady(api, alice());
    await api.waitForGone(ref('Ingress', bed.namespace, 'alice'));
    // And it follows the map from then on.
    const before = ok(await api.get(ref('StatefulSet', bed.namespace, 'alice')));
    ok(await api.patch(map, { data: { 'openclaw.json': '{"logging":{"level":"debug"}}' } }));
    await api.waitFor(
      ref('StatefulSet', bed.namespace, 'alice'),
      ({ metadata }) => metadata.generation !== before.metadata.generation,
      10_000,
    );
    expect((await waitForReady(api, alice()))['status'].phase).toBe('Running');
  });
});
