import { type ManifestSet, SinkError, render, resolve } from '../../../constructs';
import { labels } from '../../../constructs/wire/names';
import { ApiError } from '../../../controller/api/errors';
import type { ApiRequest } from '../../../controller/api/port';
import { ClusterSink } from '../../../controller/carry-out/cluster-sink';
import { KindTable, kindsOf } from '../../../controller/objects/kinds';
import { type Modifier, anInstance, rendered, withChromium, withIngress } from '../../builders';
import { FakeClock } from '../api/fake-clock';
import type { FakeApi } from '../fake-api';
import { partsWithDashboards, priorityClass, withDashboards } from '../scratch-part';
import { aServer } from '../world';

// What every sink does, test/cluster/cluster-sink.test.ts tries on a real server. Here is what a real one cannot be brought to.

let api: FakeApi;
let clock: FakeClock;
let sink: ClusterSink;

beforeEach(() => {
  clock = new FakeClock();
  api = aServer(clock);
  sink = new ClusterSink({ api, clock, namespace: 'team-a' });
});

function alice(...modifiers: readonly Modifier[]): ManifestSet {
  return { name: 'alice', namespace: 'team-a', manifests: rendered(anInstance(...modifiers)).manifests };
}

const isPatchOf = (plural: string) => (request: ApiRequest) => request.method === 'PATCH' && request.path.includes(`/${plural}/`);

it('C25 does not know of an object what a webhook without dry runs will say; the others are known', async () => {
  api.fail(new ApiError('admission webhook "x" does not support dry run', 400, 'BadRequest'), isPatchOf('services'));
  const changes = await sink.diff([alice()]);
  expect(changes.find(({ id }) => id === 'team-a/alice: Service/team-a/alice')).toEqual({
    id: 'team-a/alice: Service/team-a/alice',
    action: 'unknown',
  });
  expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(['created', 'unknown']));
});

it('does without a kind that the cluster lacks, until a set asks for it', async () => {
  api.absent.add('middlewares');
  expect((await sink.apply([alice()])).every(({ action }) => action === 'created')).toBe(true);
  await expect(sink.diff([alice(withIngress('traefik'))])).rejects.toThrow(/Middleware\.traefik\.io\/team-a\/alice-.*404/);
});

it('tells what could not be pruned, and prunes the rest', async () => {
  await sink.apply([alice(withChromium())]);
  api.fail(new ApiError('not now', 403, 'Forbidden'), ({ method, path }) => method === 'DELETE' && path.endsWith('/services/alice-cdp'));
  const error: unknown = await sink.apply([]).catch((cause: unknown) => cause);
  if (!(error instanceof SinkError)) throw new Error('nothing was refused');
  expect(error.refusals).toEqual([
    { id: 'team-a/alice: Service/team-a/alice-cdp', message: 'team-a/alice: Service/team-a/alice-cdp: not now' },
  ]);
  expect(error.changes.every(({ action }) => action === 'deleted')).toBe(true);
  expect(api.names().filter((name) => !name.startsWith('PersistentVolumeClaim'))).toEqual(['Service alice-cdp']);
});

it('takes what its owner gives it, and nothing else', async () => {
  const annotations = { 'openclaw.rocks/adopt': 'true' };
  api.seed({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'alice', namespace: 'team-a', annotations } });
  const id = 'team-a/alice: ServiceAccount/team-a/alice';
  expect(await sink.diff([alice()])).toContainEqual(expect.objectContaining({ id, action: 'configured' }));
  expect(await sink.apply([alice()])).toContainEqual({ id, action: 'configured' });
  expect(await sink.apply([])).toContainEqual({ id, action: 'deleted' });
});

it('gives up on an object that does not go, and says what to do', async () => {
  await sink.apply([alice()]);
  api.edit('Service', 'alice', { metadata: { finalizers: ['hold'] } });
  await api.remove('Service', 'alice');
  const sleep = jest.spyOn(clock, 'sleep').mockResolvedValue();
  await expect(sink.apply([alice()])).rejects.toThrow(
    'team-a/alice: Service/team-a/alice: the object before it is not gone yet: apply again',
  );
  expect(sleep.mock.calls).toEqual(Array.from({ length: 30 }, () => [1000]));
});

it('refuses a set without a namespace where it cares for the whole cluster', async () => {
  const { namespace: _namespace, ...set } = alice();
  await expect(new ClusterSink({ api, clock }).diff([set])).rejects.toThrow('set metadata.namespace');
  expect((await sink.diff([set])).every(({ id }) => id.startsWith('team-a/alice: '))).toBe(true);
});

describe('C28 objects outside the namespace of their set', () => {
  const parts = partsWithDashboards();
  const kinds = new KindTable(kindsOf(parts));

  beforeEach(() => {
    api = aServer(clock, [priorityClass]);
  });

  function withOutside(): ManifestSet {
    const resolution = resolve(anInstance(withDashboards()), {}, { parts });
    if (!resolution.ok) throw new Error('refused');
    return { name: 'alice', namespace: 'team-a', manifests: render(resolution.instance, { parts, hosts: resolution.hosts }) };
  }

  const OUTSIDE = [
    'team-a/alice: ConfigMap/monitoring/team-a-alice-dashboard',
    'team-a/alice: PriorityClass.scheduling.k8s.io//team-a-alice-priority',
  ];

  it('are applied where they belong, found again by their labels, and pruned with the set', async () => {
    sink = new ClusterSink({ api, clock, kinds });
    const idsOf = (changes: readonly { readonly id: string }[]): string[] =>
      changes.map(({ id }) => id).filter((id) => OUTSIDE.includes(id));
    expect(idsOf(await sink.apply([withOutside()]))).toEqual(OUTSIDE);
    const { metadata } = api.get('ConfigMap', 'team-a-alice-dashboard', 'monitoring');
    expect(metadata.labels).toMatchObject({ [labels.ownName]: 'alice', [labels.ownNamespace]: 'team-a' });
    expect(api.get('Service', 'alice').metadata.labels).not.toHaveProperty([labels.ownNamespace]);
    const restarted = new ClusterSink({ api, clock, kinds });
    expect((await restarted.apply([withOutside()])).every(({ action }) => action === 'unchanged')).toBe(true);
    const gone = (await restarted.apply([alice()])).filter(({ action }) => action === 'deleted');
    expect(idsOf(gone)).toEqual(OUTSIDE);
    // The dashboards in the namespace go by the same switch.
    expect(gone.filter(({ id }) => !OUTSIDE.includes(id) && !id.includes('/alice-dashboard-'))).toEqual([]);
  });

  it('are refused where one namespace is cared for', async () => {
    sink = new ClusterSink({ api, clock, kinds, namespace: 'team-a' });
    await expect(sink.diff([withOutside()])).rejects.toThrow('only the namespace team-a is cared for here');
    expect((await sink.apply([alice()])).every(({ action }) => action === 'created')).toBe(true);
  });
});
