import { type ManifestSet, SinkError } from '../../constructs';
import { HttpApi } from '../../controller/api/http-api';
import { type ApiPort, type ApiRequest, isReadOnly } from '../../controller/api/port';
import { labels as keys } from '../../constructs/wire/names';
import { ClusterSink } from '../../controller/carry-out/cluster-sink';
import { systemClock } from '../../gitops/git/clock';
import { openFence } from '../../gitops/git/fence';
import { type Modifier, anInstance, rendered, withSpec } from '../builders';
import { type SinkSubject, sinkContract } from '../sink-contract';
import { ok, type KubeObject } from './api';
import { objectsIn, ref, removeNamespaces } from './controller/instances';
import { accessOf } from './faults/access';
import { installCrds } from './install-crds';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';

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

/** Kinds whose status the cluster's own controllers write at any time. */
const BUSY = ['StatefulSet', 'PodDisruptionBudget'];

interface FieldsEntry {
  readonly manager: string;
}

/** Shows every write: by the version, and where others write too, by what the server notes of each writer, with the time. */
function traceOf({ kind, metadata, ...fields }: KubeObject): string {
  const { name, uid, generation, resourceVersion, managedFields, labels } = metadata;
  const others = (managedFields as readonly FieldsEntry[]).filter(({ manager }) => !manager.startsWith('kube-'));
  // The cluster binds a claim, and the class that the cluster chose becomes a field of ours at the next write.
  if (kind === 'PersistentVolumeClaim') return JSON.stringify([kind, name, uid, labels, fields['spec'].resources]);
  return JSON.stringify([kind, name, uid, BUSY.includes(kind) ? [generation, others] : resourceVersion]);
}

function setIn(namespace: string, name: string, ...modifiers: readonly Modifier[]): ManifestSet {
  const move: Modifier = (one) => ({ ...one, metadata: { ...one.metadata, namespace } });
  return { name, namespace, manifests: rendered(anInstance(name, move, ...modifiers)).manifests };
}

function aliceIn(namespace: string, ...modifiers: readonly Modifier[]): ManifestSet {
  return setIn(namespace, 'alice', ...modifiers);
}

/** An object of others as they left it, versions included. */
function stateOf({ kind, metadata, ...rest }: KubeObject): object {
  return { kind, name: metadata.name, uid: metadata.uid, labels: metadata.labels, owners: metadata['ownerReferences'], data: rest['data'] };
}

describeWith(
  ['server', 'controllers', 'traefik', 'gateway-api', 'prometheus-operator'],
  'an API server as a place for manifest sets',
  () => {
    const api = testApi();
    const namespaces: string[] = [];
    const begun: SinkSubject[] = [];

    afterEach(async () => {
      for (const opened of begun.splice(0)) await opened.close();
    });

    beforeAll(async () => {
      await installCrds(api);
    }, 60_000);

    afterAll(async () => {
      await removeNamespaces(api, namespaces);
    }, 120_000);

    /** @param requests gets every request that is sent */
    async function subject(requests: ApiRequest[] = []): Promise<SinkSubject & { readonly namespace: string; readonly port: ApiPort }> {
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
      const open = (): ClusterSink => new ClusterSink({ api: port, clock: systemClock, namespace });
      return {
        sink: open(),
        namespace,
        port,
        setOf: ({ id }) => /^[^/]+\/([^:]+):/.exec(id)?.[1] ?? '',
        state: async () => (await objectsIn(api, namespace)).map(traceOf).toSorted(),
        holds: async (_set, kind, name) => (await api.get(ref(kind, namespace, name))).status === 200,
        plant: async () => {
          for (const object of theirs(namespace)) ok(await api.create(object));
        },
        planted: async () => Promise.all(theirs(namespace).map(async (object) => stateOf(ok(await api.get(object))))),
        block: async (set) => {
          // With every label of ours but that of the sink, as an engine or a person puts it there from the same manifests.
          const labels = { ...LABELS, 'app.kubernetes.io/instance': set };
          const service = {
            ...ref('Service', namespace, set),
            metadata: { name: set, namespace, labels },
            spec: { ports: [{ port: 80 }] },
          };
          ok(await api.create(service));
          return async () => ok(await api.get(service)).metadata.resourceVersion;
        },
        spoil: async (set) => {
          const patch = { ...ref('StatefulSet', namespace, set), spec: { replicas: 0 } };
          ok(await api.apply(patch, { fieldManager: 'spoiler', force: true }));
        },
        reopen: async () => open(),
        close: async () => http.close(),
      };
    }

    sinkContract('the cluster sink', subject, { keepsClaims: true, isAllOrNothing: false });

    /** A subject of one test, closed after it. */
    async function begin(requests: ApiRequest[] = []): Promise<Awaited<ReturnType<typeof subject>>> {
      const opened = await subject(requests);
      begun.push(opened);
      return opened;
    }

    test('T1 a second apply of the same sets sends no write at all', async () => {
      const requests: ApiRequest[] = [];
      const { sink, namespace } = await begin(requests);
      const set = aliceIn(namespace);
      await sink.apply([set]);
      requests.length = 0;
      await sink.apply([set]);
      expect(requests.filter((request) => !isReadOnly(request))).toEqual([]);
    });

    test('a diff is a dry run of each object, once for the same content, and no write at all', async () => {
      const requests: ApiRequest[] = [];
      const { sink, namespace } = await begin(requests);
      await sink.apply([aliceIn(namespace)]);
      const set = aliceIn(namespace, withSpec({ image: { tag: '2026.9.7' } }));
      requests.length = 0;
      await sink.diff([set]);
      const dryRuns = requests.filter(({ query }) => query?.['dryRun'] === 'All');
      expect(dryRuns).toHaveLength(set.manifests.length);
      expect(requests.filter((request) => !isReadOnly(request))).toEqual([]);
      requests.length = 0;
      await sink.diff([set]);
      expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    });

    test('names the fields that change, and those only', async () => {
      const { sink, namespace } = await begin();
      await sink.apply([aliceIn(namespace)]);
      const changes = await sink.diff([aliceIn(namespace, withSpec({ image: { tag: '2026.9.7' } }))]);
      const fields = Object.fromEntries(changes.filter(({ action }) => action === 'configured').map((one) => [one.id, one.fields]));
      expect(fields[`${namespace}/alice: StatefulSet.apps/${namespace}/alice`]).toContain(
        '.spec.template.spec.containers[name="openclaw"].image',
      );
      expect(changes.filter(({ action }) => action === 'unchanged').map(({ id }) => id.split(': ')[1])).toContain(
        `Service/${namespace}/alice`,
      );
    });

    test('T-R18 tells of everything that the server refuses before anything is applied', async () => {
      const opened = await begin();
      const { sink, namespace } = opened;
      const { manifests, ...alice } = aliceIn(namespace);
      const broken = manifests.map((manifest) =>
        manifest.kind === 'Service' || manifest.kind === 'ConfigMap'
          ? { ...manifest, metadata: { ...manifest.metadata, labels: { ...manifest.metadata.labels, bad: 'not a label!' } } }
          : manifest,
      );
      const before = await opened.state();
      const error: unknown = await sink.diff([{ ...alice, manifests: broken }]).catch((cause: unknown) => cause);
      if (!(error instanceof SinkError)) throw new Error(`nothing was refused: ${String(error)}`);
      const refused = broken.filter(({ metadata }) => 'bad' in (metadata.labels ?? {}));
      expect(error.refusals).toHaveLength(refused.length);
      expect(error.refusals.every(({ message }) => message.includes('metadata.labels: Invalid value'))).toBe(true);
      expect(error.changes).toHaveLength(manifests.length - refused.length);
      expect(await opened.state()).toEqual(before);
    });

    test('leaves what belongs to an instance in the cluster to its controller', async () => {
      const { sink, namespace } = await begin();
      const instance = {
        apiVersion: 'openclaw.rocks/v1alpha1',
        kind: 'OpenClawInstance',
        metadata: { name: 'alice', namespace },
        spec: {},
      };
      const { uid } = ok(await api.create(instance)).metadata;
      const { apiVersion, kind } = instance;
      const ownerReferences = [{ apiVersion, kind, name: 'alice', uid, controller: true }];
      // Even with the label of the sink.
      const labels = { ...LABELS, [keys.appliedBy]: 'openclaw-cdk8s' };
      const metadata = { name: 'alice', namespace, labels, ownerReferences };
      ok(await api.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }));
      const error: unknown = await sink.apply([aliceIn(namespace)]).catch((cause: unknown) => cause);
      expect(String(error)).toContain('ServiceAccount alice belongs to OpenClawInstance alice');
      expect(await sink.apply([])).not.toContainEqual({ id: `${namespace}/alice: ServiceAccount/${namespace}/alice`, action: 'deleted' });
      expect((await api.get(ref('ServiceAccount', namespace, 'alice'))).status).toBe(200);
    });

    test('replaces a StatefulSet whose fields cannot change, and waits for it', async () => {
      const { sink, namespace } = await begin();
      await sink.apply([aliceIn(namespace)]);
      const before = ok(await api.get(ref('StatefulSet', namespace, 'alice'))).metadata.uid;
      const { manifests, ...alice } = aliceIn(namespace);
      const moved = manifests.map((one) =>
        one.kind === 'StatefulSet'
          ? { ...one, spec: { ...(one['spec'] as object), podManagementPolicy: 'OrderedReady', serviceName: 'other' } }
          : one,
      );
      const expected = await sink.diff([{ ...alice, manifests: moved }]);
      expect(expected.filter(({ action }) => action !== 'unchanged')).toEqual([
        { id: `${namespace}/alice: StatefulSet.apps/${namespace}/alice`, action: 'configured' },
      ]);
      expect(await sink.apply([{ ...alice, manifests: moved }])).toEqual(expected);
      const after = ok(await api.get(ref('StatefulSet', namespace, 'alice')));
      expect([after.metadata.uid === before, after['spec'].serviceName]).toEqual([false, 'other']);
    }, 60_000);

    test('cares for one namespace only, where it is given one', async () => {
      const { sink, namespace } = await begin();
      const other = await begin();
      await other.sink.apply([aliceIn(other.namespace)]);
      await expect(sink.apply([aliceIn(other.namespace)])).rejects.toThrow(`only the namespace ${namespace} is cared for here`);
      expect(await sink.apply([])).toEqual([]);
      expect(await other.holds('alice', 'StatefulSet', 'alice')).toBe(true);
    });

    test('without a namespace cares for all of them, and for no other sink', async () => {
      const [one, two] = [await begin(), await begin()];
      const sink = new ClusterSink({ api: one.port, clock: systemClock, name: 'somebody' });
      await two.sink.apply([setIn(two.namespace, 'bob')]);
      const changes = await sink.apply([aliceIn(one.namespace), aliceIn(two.namespace)]);
      expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(['created']));
      const gone = await sink.apply([aliceIn(one.namespace)]);
      expect(gone.filter(({ action }) => action === 'deleted').every(({ id }) => id.startsWith(`${two.namespace}/alice: `))).toBe(true);
      expect(await two.holds('alice', 'StatefulSet', 'alice')).toBe(false);
      expect(await two.holds('bob', 'StatefulSet', 'bob')).toBe(true);
      await sink.apply([]);
      expect(await one.holds('alice', 'StatefulSet', 'alice')).toBe(false);
    });
  },
);
