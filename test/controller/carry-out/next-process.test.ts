import { ApplySink } from '../../../controller/carry-out/apply-sink';
import type { LiveInstance } from '../../../controller/objects/objects';
import type { ObjectOutcome } from '../../../controller/decide/outcome';
import type { FakeApi } from '../fake-api';
import { live } from '../observed';
import { type Filled, aServer, fillCaches, stopAll } from '../world';
import { type Manifest, manifest } from './manifests';

let api: FakeApi;
let filled: Filled;
let sink: ApplySink;
let instance: LiveInstance;

beforeEach(async () => {
  api = aServer();
  filled = await fillCaches(api);
  sink = new ApplySink(api, filled.caches);
  instance = live();
});
afterEach(stopAll);

/** One apply; the caches then know of it. */
async function apply(what: Manifest): Promise<ObjectOutcome> {
  api.forgetRequests();
  const outcome = await sink.apply(what, instance);
  await filled.caughtUp();
  return outcome;
}

it('T1 what one process has sent is not sent by the next: the book of the server says that it was', async () => {
  for (const kind of ['Service', 'StatefulSet', 'ConfigMap', 'PersistentVolumeClaim']) await apply(manifest(kind));
  sink = new ApplySink(api, filled.caches);
  for (const kind of ['Service', 'StatefulSet', 'ConfigMap', 'PersistentVolumeClaim']) {
    expect((await apply(manifest(kind))).action).toBe('unchanged');
  }
  expect(api.requests).toEqual([]);
});

it.each<[string, (service: Manifest) => Promise<void> | void]>([
  ['a field has another value', () => void api.edit('Service', 'alice', { spec: { type: 'NodePort' } })],
  ['a label was taken away', () => void api.edit('Service', 'alice', { metadata: { labels: { 'app.kubernetes.io/name': null } } })],
  [
    'a field of ours is wanted no more',
    async ({ spec, ...rest }) => {
      await apply({ ...rest, spec: { ...(spec as object), publishNotReadyAddresses: true } });
    },
  ],
  [
    'a field has the value that is wanted, and is not ours',
    async ({ metadata, ...rest }) => {
      const { 'app.kubernetes.io/name': name, ...labels } = metadata.labels ?? {};
      await apply({ ...rest, metadata: { ...metadata, labels } });
      api.edit('Service', 'alice', { metadata: { labels: { 'app.kubernetes.io/name': name } } });
    },
  ],
])('an object is sent once by the next process where %s', async (_what, change) => {
  await apply(manifest('Service'));
  await change(manifest('Service'));
  await filled.caughtUp();
  sink = new ApplySink(api, filled.caches);
  await apply(manifest('Service'));
  expect(api.writes).not.toEqual([]);
  await filled.caughtUp();
  expect((await apply(manifest('Service'))).action).toBe('unchanged');
  expect(api.writes).toEqual([]);
});
