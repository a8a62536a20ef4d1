import { applyContentType } from '../../../controller/api/port';
import { withAnnotations, withSpec } from '../../builders';
import type { OpenClawInstanceStatus } from '../../../constructs';
import { restore } from '../../../controller/lifecycle/restore';
import type { KubeObject } from '../../../controller/objects/objects';
import { NOW, anObserved, live, owned } from '../observed';
import { stopAll } from '../world';
import { CopyStory, seedBucket, ask, seedPolicy, statusOf } from './copy-story';

afterEach(stopAll);

const FROM = 'backups/team-a/alice/2026-01-01T080000Z';
const OTHER = 'backups/team-a/bob/2026-01-02T080000Z';

const specOf = (story: CopyStory) => story.world.instance.spec?.restoreFrom;

describe('a restore', () => {
  it('T63 T-L14 stops the pods, runs its Job, and brings the pods back', async () => {
    const story = await CopyStory.running();
    story.jobs = 'hangs';
    ask(story, FROM);
    await story.turns(3);
    const { phase, restoreJobName, restoringFrom, restoredFrom, overrides } = statusOf(story);
    expect([phase, story.condition('RestoreComplete'), story.replicas]).toEqual(['Restoring', 'False RestoreRunning', 0]);
    expect([restoreJobName, restoringFrom, restoredFrom]).toEqual([story.job()?.metadata.name, FROM, undefined]);
    expect(overrides).toEqual([{ field: 'replicas', value: 0, reason: 'restore' }]);
    expect(story.replicasAtJob).toEqual([0]);
    const text = JSON.stringify(story.job());
    expect(text).toContain(`{"name":"TRANSFER_PATH","value":"${FROM}"}`);
    expect(text).toMatch(/"ASIDE_PATH","value":"backups\/team-a\/alice\/pre-restore-2026-01-01T\d{6}Z"/);
    story.jobs = 'succeeds';
    await story.turns(3);
    expect([statusOf(story).phase, story.condition('RestoreComplete'), story.replicas]).toEqual(['Running', 'True RestoreSucceeded', 1]);
    expect(statusOf(story)).toMatchObject({ restoredFrom: FROM });
    for (const field of ['overrides', 'restoreJobName', 'restoringFrom']) expect(statusOf(story)).not.toHaveProperty(field);
    expect(story.made).toHaveLength(1);
    expect([story.events('RestoreStarted').length, story.events('RestoreComplete').length]).toEqual([1, 1]);
  });

  it('comes before the first pod of a new instance', async () => {
    const story = await CopyStory.begun([withSpec({ restoreFrom: FROM })]);
    await story.turns(1);
    expect(story.replicas).toBe(0);
    await story.turns(3);
    expect([story.replicasAtJob, story.replicas]).toEqual([[0], 1]);
  });

  it('of a new instance waits for its credentials, and no pod begins with an empty volume', async () => {
    const story = await CopyStory.begun([withSpec({ restoreFrom: FROM })], () => undefined);
    await story.turns(2);
    expect([story.replicas, story.condition('RestoreComplete'), statusOf(story).phase]).toEqual([
      undefined,
      'False RestoreCredentialsFailed',
      'Pending',
    ]);
    seedBucket(story.api);
    await story.turns(6);
    expect([story.replicas, statusOf(story).restoredFrom]).toEqual([1, FROM]);
  });

  it('that cannot begin leaves the pods that run', async () => {
    const story = await CopyStory.running([], () => undefined);
    ask(story, FROM);
    await story.turns(2);
    expect([story.replicas, story.condition('RestoreComplete'), story.made]).toEqual([1, 'False RestoreCredentialsFailed', []]);
    expect(statusOf(story).phase).toBe('Degraded');
  });

  it('T64 is refused where nothing is kept, and the refusal goes with the field', async () => {
    const story = await CopyStory.running([withSpec({ storage: { persistence: { enabled: false } } })]);
    ask(story, FROM);
    await story.turns(2);
    expect([story.condition('RestoreComplete'), story.made, story.replicas]).toEqual(['False RestoreRefused', [], 1]);
    ask(story, null);
    await story.turns(1);
    expect([story.condition('RestoreComplete'), statusOf(story).phase]).toEqual([undefined, 'Running']);
  });

  it("C35 is refused from the folder of another tenant, unless an administrator opens it or the bucket is the namespace's own", async () => {
    const foreign = 'backups/team-b/carol/2026-01-01T080000Z';
    const refused = await CopyStory.running();
    ask(refused, foreign);
    await refused.turns(2);
    expect([refused.condition('RestoreComplete'), refused.made, refused.replicas]).toEqual(['False RestoreRefused', [], 1]);
    const opened = await CopyStory.running([], (api) => {
      seedBucket(api);
      seedPolicy(api, { restores: [{ namespaces: ['team-a'], paths: ['backups/team-b/carol'] }] });
    });
    ask(opened, foreign);
    await opened.turns(5);
    expect(statusOf(opened).restoredFrom).toBe(foreign);
    const own = await CopyStory.running([], (api) => seedBucket(api, undefined, 'team-a'));
    ask(own, foreign);
    await own.turns(5);
    expect(statusOf(own).restoredFrom).toBe(foreign);
  });

  it('makes a failed Job anew, and says how to go on without it', async () => {
    const story = await CopyStory.running();
    story.jobs = 'fails';
    ask(story, FROM);
    await story.turns(4);
    expect([story.condition('RestoreComplete'), story.replicas]).toEqual(['False RestoreFailed', 0]);
    expect(story.events('RestoreFailed')[0]).toContain('without restoreFrom the pods start');
    story.jobs = 'succeeds';
    await story.turns(5);
    expect([statusOf(story).restoredFrom, story.replicas]).toEqual([FROM, 1]);
    expect(new Set(story.made).size).toBe(1);
  });

  it('that is given up has its Job gone before the pods come back', async () => {
    const story = await CopyStory.running();
    story.jobs = 'hangs';
    ask(story, FROM);
    await story.turns(3);
    const { name } = story.job()!.metadata;
    story.api.edit('Job', name, { metadata: { finalizers: ['foregroundDeletion'] } });
    ask(story, null);
    await story.turns(2);
    expect([story.job()?.metadata.deletionTimestamp !== undefined, story.replicas]).toEqual([true, 0]);
    story.api.edit('Job', name, { metadata: { finalizers: null } });
    await story.turns(2);
    expect([story.job(), story.replicas, story.condition('RestoreComplete')]).toEqual([undefined, 1, undefined]);
    expect(story.events('RestoreAbandoned')[0]).toMatch(/what was there before, if it was copied, is at \S+pre-restore-/);
    expect(statusOf(story)).not.toHaveProperty('restoredFrom');
  });

  it('whose controller ended before it could tell of the end is told by the next one', async () => {
    const story = await CopyStory.running();
    ask(story, FROM);
    await story.turns(6);
    expect([specOf(story), story.condition('RestoreComplete')]).toEqual([undefined, 'True RestoreSucceeded']);
    const running = {
      type: 'RestoreComplete',
      status: 'False',
      reason: 'RestoreRunning',
      message: '',
      lastTransitionTime: NOW.toISOString(),
    };
    const conditions = statusOf(story).conditions?.map((one) => (one.type === 'RestoreComplete' ? running : one));
    story.api.edit('OpenClawInstance', 'alice', { status: { conditions, mayRestoreAgain: null } });
    await story.turns(3);
    expect(story.condition('RestoreComplete')).toBe('True RestoreSucceeded');
    expect(statusOf(story)).toMatchObject({ restoredFrom: FROM, mayRestoreAgain: true });
  });

  it('that was given up for what had been restored before brings that again', async () => {
    const story = await CopyStory.running();
    ask(story, FROM);
    await story.turns(6);
    story.jobs = 'hangs';
    ask(story, OTHER);
    await story.turns(3);
    ask(story, FROM);
    story.jobs = 'succeeds';
    await story.turns(8);
    expect([statusOf(story).restoredFrom, story.made.length, story.replicas]).toEqual([FROM, 3, 1]);
  });

  it('from another path begins when the first one is given up', async () => {
    const story = await CopyStory.running();
    story.jobs = 'hangs';
    ask(story, FROM);
    await story.turns(3);
    ask(story, OTHER);
    story.jobs = 'succeeds';
    await story.turns(8);
    expect([statusOf(story).restoredFrom, story.replicas]).toEqual([OTHER, 1]);
  });
});

/** An instance whose repository keeps the path from which it was restored. Its data is months old by now. */
async function restoredLongAgo(): Promise<CopyStory> {
  const story = await CopyStory.running();
  ask(story, FROM);
  await story.turns(6);
  story.api.edit('OpenClawInstance', 'alice', { status: { mayRestoreAgain: null }, spec: { restoreFrom: FROM } });
  await story.turns(2);
  return story;
}

describe('a path that a repository keeps in the spec, and another one that is taken back', () => {
  it.each([1, 4])('does not bring the old data back, %d minutes later', async (minutes) => {
    const story = await restoredLongAgo();
    // No state is at the other path: the volume is left as it is.
    story.jobs = 'fails';
    ask(story, OTHER);
    await story.turns(minutes);
    const made = story.made.length;
    ask(story, FROM);
    await story.turns(3);
    story.jobs = 'succeeds';
    await story.turns(8);
    expect([story.made.length, story.replicas, story.condition('RestoreComplete')]).toEqual([made, 1, 'False RestoreAbandoned']);
  });
});

/** As an engine applies it from Git: nobody owns it. */
const applied = (replicas: number): KubeObject => {
  const workload = owned({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'alice', generation: 1 } }, live());
  const { ownerReferences: _owner, ...metadata } = workload.metadata;
  return { ...workload, metadata, spec: { replicas }, status: { replicas, observedGeneration: 1 } };
};

describe('T63 under Git delivery', () => {
  const status: OpenClawInstanceStatus = {
    delivery: 'git',
    restoreJobName: 'alice-restore-t85s6o',
    restoringFrom: FROM,
    overrides: [{ field: 'replicas', value: 0, reason: 'restore' }],
  };
  const step = (replicas: number): string[] => {
    const base = anObserved({ status, wantedDelivery: 'git', modifiers: [withSpec({ restoreFrom: FROM })], owned: [applied(replicas)] });
    const claim = owned({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'alice-data' } }, live());
    const copy = { uid: 'uid-copy', keys: ['S3_BUCKET', 'S3_ENDPOINT'], hash: 'h' };
    const instance = base.resolution.ok ? base.resolution.instance : undefined;
    const move = restore({ ...base, data: { claim, copy, ...(instance && { instance }) } }, NOW);
    return (move?.steps ?? []).map((one) => one.step);
  };

  it('no Job is made while the engine has yet to take the pods away, though none is there at the moment', () => {
    expect([step(1), step(0)]).toEqual([[], ['make-job']]);
  });
});

describe('C31 spec.restoreFrom', () => {
  it('T62 is cleared when it is done, and a second restore from the same path works, as does one from another', async () => {
    const story = await CopyStory.running();
    for (const path of [FROM, FROM, OTHER]) {
      ask(story, path);
      await story.turns(6);
      expect([specOf(story), statusOf(story).restoredFrom, story.replicas]).toEqual([undefined, path, 1]);
    }
    expect([story.made.length, new Set(story.made).size]).toEqual([3, 3]);
  });

  it.each([
    ['an annotation of Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'a' } }],
    ['a label of Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'a' } }],
    ['what kubectl applied', { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"spec":{"restoreFrom":"${FROM}"}}` } }],
  ])('T-L18 T-L13 stays where %s says that it would come back, acts once, and again after it was empty', async (_what, metadata) => {
    const story = await CopyStory.running();
    story.api.edit('OpenClawInstance', 'alice', { metadata, spec: { restoreFrom: FROM } });
    await story.turns(6);
    expect([specOf(story), statusOf(story).restoredFrom, story.made.length]).toEqual([FROM, FROM, 1]);
    story.api.edit('OpenClawInstance', 'alice', { spec: { shareProcessNamespace: true } });
    await story.turns(4);
    expect(story.made).toHaveLength(1);
    ask(story, null);
    await story.turns(2);
    expect(statusOf(story)).toMatchObject({ restoredFrom: FROM, mayRestoreAgain: true });
    ask(story, FROM);
    await story.turns(6);
    expect([story.made.length, story.replicas]).toEqual([2, 1]);
  });

  it('stays where server-side apply says that somebody applies it', async () => {
    const story = await CopyStory.running();
    const { apiVersion, kind } = story.world.instance;
    await story.api.request({
      method: 'PATCH',
      path: '/apis/openclaw.rocks/v1alpha1/namespaces/team-a/openclawinstances/alice',
      query: { fieldManager: 'ci' },
      contentType: applyContentType,
      body: { apiVersion, kind, metadata: { name: 'alice', namespace: 'team-a' }, spec: { restoreFrom: FROM } },
    });
    await story.turns(6);
    expect([specOf(story), story.made.length]).toEqual([FROM, 1]);
  });

  it('that an earlier operator has done is not done again', async () => {
    const story = await CopyStory.running([], (api) => seedBucket(api));
    story.api.edit('OpenClawInstance', 'alice', { status: { restoredFrom: FROM }, spec: { restoreFrom: FROM } }, 'manager');
    await story.turns(4);
    expect([story.made, specOf(story), story.replicas]).toEqual([[], undefined, 1]);
  });

  it('costs nothing once it is done', async () => {
    const story = await CopyStory.running([withAnnotations({ 'argocd.argoproj.io/tracking-id': 'a' }), withSpec({ restoreFrom: FROM })]);
    await story.turns(3);
    story.api.forgetRequests();
    await story.world.passAll();
    expect([story.api.writes, story.api.reads]).toEqual([[], []]);
  });
});
