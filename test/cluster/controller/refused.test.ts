import { ok } from '../api';
import { isDryRun, isWrite, startAudit } from '../audit';
import { describeWith, testCluster } from '../parts';
import { bedWithNamespace } from './bed';
import { controllerUser } from './controller';
import { condition, instance, objectsIn, ref, versions, waitForCondition, waitForReady } from './instances';

/** Which operators a server knows depends on its gates, so that is left to it: one of 1.36 refuses `Gt`. */
const tolerating = (operator: string) => ({ availability: { tolerations: [{ key: 'example.com/size', operator, value: '5' }] } });

describeWith(['server', 'controllers', 'traefik'], 'C25 a change whose StatefulSet the server refuses', () => {
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

  test('changes nothing else either: the server is asked first, and Ready repeats its words', async () => {
    const before = versions(await objectsIn(api, bed.namespace));
    const audit = await startAudit(testCluster(), api);
    const spec = { ...tolerating('Gt'), networking: { ingress: null }, workspace: { initialFiles: { 'AGENTS.md': '# Agents\n' } } };
    ok(await api.patch(alice(), { spec }));
    const { message } = await waitForCondition(api, alice(), 'Ready', 'False', 'ReconcileFailed');
    expect(message).toMatch(/^StatefulSet alice: .*tolerations.*; nothing of this change is applied$/s);
    await bed.running.passAll();
    expect(versions(await objectsIn(api, bed.namespace))).toEqual(before);
    expect(condition(ok(await api.get(alice())), 'StatefulSetReady')?.status).toBe('True');
    const events = (await audit.read()).filter(({ user }) => user.username === controllerUser);
    expect(new Set(events.filter(isDryRun).map(({ objectRef }) => objectRef?.resource))).toEqual(new Set(['statefulsets']));
    const written = events.filter(isWrite).map(({ objectRef }) => objectRef?.subresource ?? objectRef?.resource);
    expect(new Set(written)).toEqual(new Set(['status', 'events']));
  });

  test('is applied as a whole once it is mended', async () => {
    ok(await api.patch(alice(), { spec: tolerating('Equal') }));
    await waitForReady(api, alice());
    await api.waitForGone(ref('Ingress', bed.namespace, 'alice'));
    expect((await api.get(ref('ConfigMap', bed.namespace, 'alice-workspace'))).status).toBe(200);
  });
});
