import type { ManifestSet } from '../../constructs';
import { HttpApi } from '../../controller/api/http-api';
import { type ApiPort, type ApiRequest, isReadOnly } from '../../controller/api/port';
import { Caches } from '../../controller/observe/caches';
import { systemClock } from '../../gitops/git/clock';
import { openFence } from '../../gitops/git/fence';
import { anInstance, rendered } from '../builders';
import { type SinkSubject, sinkContract } from '../sink-contract';
import { ok, type KubeObject } from './api';
import { ClusterSink, contentOf } from './cluster-sink';
import { objectsIn, ref, removeNamespaces } from './controller/instances';
import { accessOf } from './faults/access';
import { installCrds } from './install-crds';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';

const ignore = (): void => undefined;

const LABELS = {
  'app.kubernetes.io/name': 'openclaw',
  'app.kubernetes.io/instance': 'alice',
  'app.kubernetes.io/managed-by': 'openclaw-operator',
};

/** Things that carry our labels or are named like ours, and are of others. */
function theirs(namespace: string): KubeObject[] {
  const service = (name: string, metadata: object = {}): KubeObject => ({
    ...ref('Service', namespace, name),
    metadata: { name, namespace, ...metadata },
    spec: { ports: [{ name: 'web', port: 80 }] },
  });
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
  return [
    service('other'),
    service('labelled', { labels: LABELS }),
    { ...ref('ConfigMap', namespace, 'alice-notes'), metadata: { name: 'alice-notes', namespace, labels: LABELS }, data: { a: 'theirs' } },
    { ...ref('PersistentVolumeClaim', namespace, 'photos'), metadata: { name: 'photos', namespace, labels: LABELS }, spec: claim },
  ];
}

/** What shows a change of ours: the cluster's own controllers write to status and to claims at any time. */
function traceOf(object: KubeObject): string {
  return JSON.stringify([object.kind, object.metadata.name, object.metadata.uid, contentOf(object)]);
}

/** An object of others as they left it, versions included. */
function stateOf({ kind, metadata, ...rest }: KubeObject): object {
  return { kind, name: metadata.name, uid: metadata.uid, labels: metadata.labels, owners: metadata['ownerReferences'], data: rest['data'] };
}

describeWith(['server', 'controllers', 'traefik'], 'apply', () => {
  const api = testApi();
  const namespaces: string[] = [];

  beforeAll(async () => {
    await installCrds(api);
  }, 60_000);

  afterAll(async () => {
    await removeNamespaces(api, namespaces);
  }, 120_000);

  /** @param requests gets every request that is sent */
  async function subject(requests: ApiRequest[] = []): Promise<SinkSubject & { readonly namespace: string }> {
    const namespace = await createNamespace(api);
    namespaces.push(namespace);
    const http = new HttpApi({ access: accessOf(testCluster()), clock: systemClock, fence: openFence });
    const port: ApiPort = {
      request: async (request) => {
        requests.push(request);
        return http.request(request);
      },
      stream: (request, signal) => http.stream(request, signal),
    };
    const opened: Caches[] = [];
    const open = async (): Promise<ClusterSink> => {
      const caches = new Caches({ api: port, clock: systemClock, onError: ignore, onRight: ignore, wake: ignore });
      opened.push(caches);
      await caches.start();
      return new ClusterSink(port, caches, namespace);
    };
    return {
      sink: await open(),
      namespace,
      setOf: ({ id }) => /^[^/]+\/([^:]+):/.exec(id)?.[1] ?? '',
      state: async () => (await objectsIn(api, namespace)).map(traceOf).toSorted(),
      holds: async (_set, kind, name) => (await api.get(ref(kind, namespace, name))).status === 200,
      plant: async () => {
        for (const object of theirs(namespace)) ok(await api.create(object));
      },
      planted: async () => Promise.all(theirs(namespace).map(async (object) => stateOf(ok(await api.get(object))))),
      reopen: open,
      close: async () => {
        await Promise.all(opened.map((caches) => caches.stop()));
        http.close();
      },
    };
  }

  sinkContract('the apply sink', subject, { keepsClaims: true });

  test('T1 a second apply of the same sets sends no write at all', async () => {
    const requests: ApiRequest[] = [];
    const opened = await subject(requests);
    const { sink, namespace } = opened;
    const written = anInstance((one) => ({ ...one, metadata: { ...one.metadata, namespace } }));
    const set: ManifestSet = { name: 'alice', namespace, manifests: rendered(written).manifests };
    await sink.apply([set]);
    requests.length = 0;
    await sink.apply([set]);
    expect(requests.filter((request) => !isReadOnly(request))).toEqual([]);
    await opened.close();
  });
});
