import type { Manifest } from '../../../constructs';
import { withAddition } from '../../../constructs/wire/addition';
import { idOf } from '../../../constructs/wire/object-ref';
import { ApiError } from '../../../controller/api/errors';
import { isReadOnly } from '../../../controller/api/port';
import { DriftReader } from '../../../controller/git/drift-reader';
import { releaseOf } from '../../../controller/git/wish';
import type { KubeObject } from '../../../controller/objects/objects';
import { appliers } from '../../../gitops/engines/appliers';
import { gitAnnotations } from '../../../gitops/git/names';
import { FakeClock } from '../api/fake-clock';
import type { FakeApi } from '../fake-api';
import { type Filled, aServer, fillCaches, stopAll } from '../world';
import { PLACEMENT, wanted } from './delivering';

const DIGEST = 'sha256:one';
const { plan } = wanted();
const release = { ...releaseOf(plan), digest: DIGEST };

let api: FakeApi;
let clock: FakeClock;
let filled: Filled;
let reader: DriftReader;

/** The object as an engine applies it, with the patches of the kustomization. */
function applied(manifest: Manifest): KubeObject {
  const addition = plan.additions.get(idOf(manifest)) ?? {};
  const digest = manifest.kind === 'StatefulSet' ? { annotations: { [gitAnnotations.releaseDigest]: DIGEST } } : {};
  const complete = withAddition(manifest, { ...addition, ...digest });
  return { ...complete, metadata: { namespace: 'team-a', ...complete.metadata } };
}

beforeEach(async () => {
  clock = new FakeClock();
  api = aServer(clock);
  for (const manifest of plan.manifests) api.seed(applied(manifest), appliers.flux);
  await restart();
});
afterEach(stopAll);

async function restart(): Promise<void> {
  filled = await fillCaches(api);
  reader = new DriftReader(api, filled.caches, clock);
  api.forgetRequests();
}

/** What is told, in short, and when to look again. */
async function look(): Promise<string[]> {
  await filled.caughtUp();
  const { objects, againMs } = await reader.of(PLACEMENT, release);
  const texts = (objects ?? []).map(({ kind, name, fields }) => `${kind} ${name}: ${fields.join(' ') || 'missing'}`);
  return [...texts, ...(againMs === undefined ? [] : [`again in ${againMs}`])];
}

/** Dry runs that were sent. */
const dryRuns = (): number => api.requests.filter((request) => request.method === 'PATCH' && isReadOnly(request)).length;

const typed = (number: number): object => ({ spec: { type: `Type${number}` } });

it('what is as committed is told from the caches: nothing is asked, and nothing written', async () => {
  expect(await look()).toEqual([]);
  await restart();
  expect([await look(), api.requests]).toEqual([[], []]);
});

it('while another release runs nothing is said', async () => {
  expect(await reader.of(PLACEMENT, { ...release, digest: 'sha256:two' })).toEqual({});
  await api.remove('StatefulSet', 'alice');
  await filled.caughtUp();
  expect(await reader.of(PLACEMENT, release)).toEqual({});
});

it('T-S6 a field set, a field taken away, a label changed and an object removed by hand are told by their paths', async () => {
  api.edit('Service', 'alice', typed(1));
  api.edit('ServiceAccount', 'alice', { automountServiceAccountToken: null });
  api.edit('ConfigMap', 'alice-config', { data: { 'openclaw.json': null } });
  api.edit('NetworkPolicy', 'alice', { metadata: { labels: { 'app.kubernetes.io/name': 'other' } } });
  await api.remove('RoleBinding', 'alice');
  expect(new Set(await look())).toEqual(
    new Set([
      'ServiceAccount alice: .automountServiceAccountToken',
      'RoleBinding alice: missing',
      'ConfigMap alice-config: .data.openclaw.json',
      'NetworkPolicy alice: .metadata.labels.app.kubernetes.io/name',
      'Service alice: .spec.type',
    ]),
  );
  expect(api.writes).toEqual([]);
});

it('what others have beside the manifest is no difference: a label, an annotation, a restart, a claim of another size, replicas of an autoscaler', async () => {
  const restarted = { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } };
  api.edit('StatefulSet', 'alice', { metadata: { labels: { team: 'a' }, annotations: { note: 'x' } }, spec: restarted });
  api.edit('PersistentVolumeClaim', 'alice-data', { spec: { resources: { requests: { storage: '99Gi' } } } });
  expect(await look()).toEqual([]);
});

it('each content is asked about once, whatever moves beside it, and told again from memory', async () => {
  api.edit('Service', 'alice', typed(1));
  const first = await look();
  expect([first, dryRuns()]).toEqual([['Service alice: .spec.type'], 1]);
  for (const note of ['a', 'b', 'c']) {
    api.edit('Service', 'alice', { metadata: { annotations: { note } }, status: { loadBalancer: { note } } });
    await clock.advance(60_000);
    expect(await look()).toEqual(first);
  }
  expect(dryRuns()).toBe(1);
});

it('an object that keeps changing is asked about no more often than every five seconds, and not forgotten', async () => {
  for (let number = 1; number <= 20; number += 1) {
    api.edit('Service', 'alice', typed(number));
    await look();
  }
  expect(dryRuns()).toBe(1);
  expect(await look()).toEqual(['Service alice: .spec.type', 'again in 5000']);
  await clock.advance(5000);
  expect([await look(), dryRuns()]).toEqual([['Service alice: .spec.type'], 2]);
});

it('a change goes at once when the engine has put it right, without asking', async () => {
  const service = api.get('Service', 'alice');
  api.edit('Service', 'alice', typed(1));
  await look();
  api.edit('Service', 'alice', { spec: service['spec'] }, appliers.flux);
  expect([await look(), dryRuns()]).toEqual([[], 1]);
});

it('a cache that is behind is no drift: the server is asked about what is there now', async () => {
  const service = api.get('Service', 'alice');
  api.edit('Service', 'alice', typed(1));
  await filled.caughtUp();
  // The engine has put it right, and the cache has not heard of it.
  api.edit('Service', 'alice', { spec: service['spec'] }, appliers.flux);
  expect((await reader.of(PLACEMENT, release)).objects).toEqual([]);
});

it.each([
  ['may not be asked', new ApiError('no', 403, 'Forbidden')],
  ['has a webhook that knows no dry runs', new ApiError('admission webhook "x" does not support dry run', 400, 'BadRequest')],
])('where the server %s the caches have to do, and it is asked again a minute later', async (_what, error) => {
  api.edit('Service', 'alice', typed(1));
  api.fail(error, (request) => request.method === 'PATCH');
  for (let pass = 0; pass < 3; pass += 1) expect(await look()).toEqual(['Service alice: .spec.type', 'again in 60000']);
  expect(dryRuns()).toBe(1);
});

it('nothing is kept of an instance that is gone', async () => {
  api.edit('Service', 'alice', typed(1));
  await look();
  reader.forget('team-a/alice');
  await look();
  expect(dryRuns()).toBe(2);
});

it('nothing is kept of an object that a release has no more', async () => {
  api.edit('Service', 'alice', typed(1));
  await look();
  const manifests = release.manifests.filter(({ kind }) => kind !== 'Service');
  expect(await reader.of(PLACEMENT, { ...release, manifests })).toEqual({ objects: [] });
  expect(dryRuns()).toBe(1);
  await look();
  expect(dryRuns()).toBe(2);
});
