import { type Api, type KubeObject, ok } from '../../api';
import type { AuditEvent } from '../../audit';
import type { SeenRequest } from '../../faults/proxy';
import { condition, instance, isReady, namesIn, podsOf, ref, waitForQuiet, waitForReady } from '../instances';

const OLD = '2026.9.6';
const NEW = '2026.9.7';
const PATH = 'backups/any/alice/one';

/** What is seen of a story at one moment. */
export interface Look {
  readonly isOver: boolean;
  readonly [word: string]: unknown;
}

/** One story of an instance `alice`: what is there, what begins it, what it comes to. */
export interface Story {
  readonly name: string;
  /** Until it runs and nothing moves any more. */
  begin(api: Api, namespace: string): Promise<unknown>;
  act(api: Api, namespace: string): Promise<unknown>;
  /** Asked again and again until it is over; what the world does meanwhile is done here. */
  look(api: Api, namespace: string): Promise<Look>;
  /** What must not be when the controller asks for this. */
  lookBefore(api: Api, namespace: string, request: Pick<SeenRequest, 'method' | 'url'>): Promise<string[]>;
  /** What the server was asked for and must not have been. */
  findings(events: readonly AuditEvent[]): string[];
  /** As {@link look} has it at the end. */
  readonly end: Look;
  /** The Jobs of the story, each once. */
  readonly jobs: readonly string[];
}

type Plain = Pick<Story, 'lookBefore' | 'findings'>;

function typeOf({ metadata }: KubeObject): string {
  return metadata.labels?.['openclaw.rocks/job-type'] ?? '';
}

function isComplete({ status }: KubeObject): boolean {
  return (
    status?.conditions?.some(({ type, status: is }: { type: string; status: string }) => type === 'Complete' && is === 'True') ?? false
  );
}

/** Data goes after a copy only, and a restore runs where no pod has the volume. */
const plain: Plain = {
  async lookBefore(api, namespace, { method, url: { pathname } }) {
    const jobs = await api.list('batch/v1', 'Job', namespace);
    if (method === 'DELETE' && pathname.includes('/persistentvolumeclaims/')) {
      const isCopied = jobs.some((job) => typeOf(job) === 'backup' && isComplete(job));
      const claim = await api.get(ref('PersistentVolumeClaim', namespace, 'alice-data'));
      // Asked a second time, after the Job went with its instance, it is on its way already.
      const isThere = claim.status === 200 && claim.body.metadata['deletionTimestamp'] === undefined;
      return isCopied || !isThere ? [] : ['the claim goes before the data was copied'];
    }
    if (method !== 'POST' || !pathname.endsWith('/jobs')) return [];
    const isHeld = (await podsOf(api, ref('StatefulSet', namespace, 'alice'))).length > 0;
    const isHot = (await statefulSet(api, namespace))?.['spec'].replicas === 1;
    return isHeld && !isHot ? ['a Job is made while a pod is on its way out'] : [];
  },
  findings: () => [],
};

async function statefulSet(api: Api, namespace: string): Promise<KubeObject | undefined> {
  const answer = await api.get(ref('StatefulSet', namespace, 'alice'));
  return answer.status === 404 ? undefined : ok(answer);
}

async function running(api: Api, namespace: string, spec: Parameters<typeof instance>[2]): Promise<void> {
  const stringData = { S3_ENDPOINT: 'https://s3.example.com', S3_BUCKET: 'copies' };
  ok(await api.create({ ...ref('Secret', namespace, 's3-backup-credentials'), stringData } as KubeObject));
  const alice = instance(namespace, 'alice', spec);
  ok(await api.create(alice));
  await waitForReady(api, alice);
  await waitForQuiet(api, namespace);
}

/** What a running instance is to look like in the end. */
async function atRest(api: Api, namespace: string): Promise<{ readonly live: KubeObject; readonly rest: Look }> {
  const live = ok(await api.get(instance(namespace, 'alice')));
  const set = await statefulSet(api, namespace);
  const { phase, overrides, restoreJobName, restoringFrom, restoreJobMade, backupJobName, autoUpdate = {} } = live['status'];
  const ofMachines = [restoreJobName, restoringFrom, restoreJobMade, backupJobName, autoUpdate.pendingVersion, autoUpdate.updatePhase];
  const open = ofMachines.filter(Boolean);
  const image: string = set?.['spec'].template.spec.containers.find((one: { name: string }) => one.name === 'openclaw').image;
  const pods = (await podsOf(api, live)).filter(({ metadata }) => metadata['deletionTimestamp'] === undefined);
  const isOver = isReady(live) && open.length === 0 && set?.['spec'].replicas === 1 && pods.length === 1;
  return { live, rest: { isOver, phase, overrides, open, tag: image?.split(':').at(-1) } };
}

const REST: Look = { isOver: true, phase: 'Running', overrides: undefined, open: [], tag: OLD };

const deletion: Story = {
  name: 'a copy before deletion',
  begin: async (api, namespace) => running(api, namespace, { storage: { persistence: { orphan: false } } }),
  act: async (api, namespace) => ok(await api.delete(instance(namespace, 'alice'))),
  async look(api, namespace) {
    const isGone = (await api.get(instance(namespace, 'alice'))).status === 404;
    const left = isGone ? await namesIn(api, namespace) : [];
    return { isOver: isGone && left.length <= 1, left };
  },
  ...plain,
  end: { isOver: true, left: ['Secret s3-backup-credentials'] },
  jobs: ['backup'],
};

const restore: Story = {
  name: 'a restore',
  begin: async (api, namespace) => running(api, namespace, {}),
  act: async (api, namespace) => ok(await api.patch(instance(namespace, 'alice'), { spec: { restoreFrom: PATH } })),
  async look(api, namespace) {
    const { live, rest } = await atRest(api, namespace);
    const { restoredFrom, mayRestoreAgain } = live['status'];
    const { restoreFrom } = live['spec'];
    const isOver = rest.isOver && restoredFrom === PATH && restoreFrom === undefined && mayRestoreAgain === true;
    return { ...rest, isOver, restoredFrom, complete: condition(live, 'RestoreComplete')?.reason };
  },
  ...plain,
  end: { ...REST, restoredFrom: PATH, complete: 'RestoreSucceeded' },
  jobs: ['restore'],
};

const TWENTY_MINUTES_MS = 20 * 60_000;

/** The time that an instance has for something is over. */
const longAgo = (): string => new Date(Date.now() - TWENTY_MINUTES_MS).toISOString().replace(/\.\d+/, '');

async function setUpdateState(api: Api, namespace: string, autoUpdate: object): Promise<void> {
  ok(await api.patch(instance(namespace, 'alice'), { status: { autoUpdate } }, 'status'));
}

/** The pods of the new release do not get ready, and the time that they have is over. */
async function failHealth(api: Api, namespace: string, { status }: KubeObject): Promise<void> {
  const { updatePhase, lastUpdateTime } = status.autoUpdate ?? {};
  if (updatePhase !== 'HealthCheck') return;
  const pods = await podsOf(api, instance(namespace, 'alice'));
  const fresh = pods.filter(({ spec }) => spec.containers.some(({ image }: { image: string }) => image.endsWith(`:${NEW}`)));
  for (const pod of fresh) {
    await api.patch(ref('Pod', namespace, pod.metadata.name ?? ''), {
      metadata: { annotations: { 'testbed.openclaw.rocks/pod': 'unready' } },
    });
  }
  if (fresh.length > 0 && Date.parse(lastUpdateTime) > Date.now() - TWENTY_MINUTES_MS / 2) {
    await setUpdateState(api, namespace, { lastUpdateTime: longAgo() });
  }
}

const update: Story = {
  name: 'an update that is taken back',
  async begin(api, namespace) {
    await running(api, namespace, { autoUpdate: { enabled: false, checkInterval: '168h', healthCheckTimeout: '2m' } });
    // As a look at the registry leaves it; the next one is days away.
    await setUpdateState(api, namespace, { currentVersion: OLD, latestVersion: NEW, lastCheckTime: longAgo() });
    await waitForQuiet(api, namespace);
  },
  act: async (api, namespace) => ok(await api.patch(instance(namespace, 'alice'), { spec: { autoUpdate: { enabled: true } } })),
  async look(api, namespace) {
    const { live, rest } = await atRest(api, namespace);
    await failHealth(api, namespace, live);
    const { failedVersion, rollbackCount, currentVersion, lastUpdateError: error = '' } = live['status'].autoUpdate ?? {};
    const isOver = rest.isOver && failedVersion === NEW;
    return { ...rest, isOver, failedVersion, rollbackCount, currentVersion, isRestored: error.endsWith('the data is that of before') };
  },
  ...plain,
  end: { ...REST, failedVersion: NEW, rollbackCount: 1, currentVersion: OLD, isRestored: true },
  jobs: ['pre-update-backup', 'rollback-restore'],
};

const REQUEST = 'sc-1';

function isOfAgent({ requestURI, responseStatus }: AuditEvent): boolean {
  return requestURI.includes('fieldManager=openclaw-selfconfig') && (responseStatus?.code ?? 0) < 300;
}

/** What was asked for is written to the spec as often as the server took it. */
function writesOfAgent(events: readonly AuditEvent[]): number {
  return events.filter(({ objectRef }) => objectRef?.resource === 'openclawinstances').filter(isOfAgent).length;
}

const selfConfig: Story = {
  name: 'a request of an agent',
  begin: async (api, namespace) =>
    running(api, namespace, { selfConfigure: { enabled: true, allowedActions: ['skills', 'envVars'] }, skills: ['@hers/one'] }),
  act: async (api, namespace) =>
    ok(
      await api.create({
        apiVersion: 'openclaw.rocks/v1alpha1',
        kind: 'OpenClawSelfConfig',
        metadata: { name: REQUEST, namespace },
        spec: { instanceRef: 'alice', addSkills: ['@mine/one'], addEnvVars: [{ name: 'MY_A', value: '1' }] },
      } as KubeObject),
    ),
  async look(api, namespace) {
    const request = ok(await api.get(ref('OpenClawSelfConfig', namespace, REQUEST, 'openclaw.rocks/v1alpha1')));
    const { live, rest } = await atRest(api, namespace);
    const { phase } = request['status'] ?? {};
    const { env, skills } = live['spec'];
    const owners = request.metadata['ownerReferences'] as unknown[] | undefined;
    return { ...rest, isOver: rest.isOver && phase === 'Applied', request: phase, env, skills, owners: owners?.length };
  },
  lookBefore: plain.lookBefore,
  findings: (events) => (writesOfAgent(events) === 1 ? [] : [`carried out ${writesOfAgent(events)} times`]),
  end: { ...REST, request: 'Applied', env: [{ name: 'MY_A', value: '1' }], skills: ['@hers/one', '@mine/one'], owners: 1 },
  jobs: [],
};

export const stories: readonly Story[] = [deletion, restore, update, selfConfig];
