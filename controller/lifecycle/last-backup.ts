import type { Instance } from '../../constructs';
import { parseStrictDuration } from '../../constructs/schema/go-duration';
import { backupFolder, backupStamp, jobName, podClaimName, volumes } from '../../constructs/wire/names';
import type { LiveInstance } from '../objects/objects';
import { type Observed, deliveryOf } from '../observe/observed';
import { bucketOf } from './bucket';
import { aheadText, jobMove, jobState, jobsAhead } from './job';
import type { Move, StatusRecord, Telling } from './machine';
import { areStopped, stopSteps } from './pods';

/** On an instance that is to be deleted without a last copy of its data. */
const SKIP = 'openclaw.rocks/skip-backup';

/** Set by the API server on an object that is deleted with `--cascade=orphan`: everything that it owns has to stay. */
const ORPHAN_FINALIZER = 'orphan';

/** How often it is looked for what nobody tells: a Secret in another namespace, pods that take their time. */
const LOOK_MS = 15_000;

const NANOSECONDS = 1_000_000n;

export function isOrphaning({ instance }: Pick<Observed, 'instance'>): boolean {
  return instance.metadata.finalizers?.includes(ORPHAN_FINALIZER) ?? false;
}

/** What stands between an instance that is being deleted and its end. */
export type LastBackup =
  | { readonly isOver: false; readonly move: Move }
  | {
      readonly isOver: true;
      /** @default - there was nothing to copy, so nothing is said */
      readonly verdict?: Telling;
      /** A copy was wanted and is not there: the data stays, whatever the spec says. */
      readonly keepsData: boolean;
      /** The one claim that was copied; those of other pods stay as well. @default - none was */
      readonly copied?: string;
    };

const NOTHING_TO_COPY: LastBackup = { isOver: true, keepsData: false };

/**
 * The copy of the data before an instance goes. Nothing is removed before it is sure: the bucket is looked for first, so that nobody stops pods
 * for a copy that cannot be made; then the pods stop, unless Git holds their number (C37); then the Job is made, and made anew when it fails. A
 * time-out and an annotation end the waiting.
 */
export function lastBackup(observed: Observed, now: Date): LastBackup {
  const { instance, data, namespaceTerminating } = observed;
  if (data?.instance === undefined || data.claim === undefined || isOrphaning(observed)) return NOTHING_TO_COPY;
  const { metadata, status = {} } = instance;
  const story = storyOf(instance, data.instance.spec.backup, now);
  if (status.backingUpSince !== undefined && status.lastBackupPath === story.path) {
    return { ...over(copied(observed, story)), copied: data.claim.metadata.name };
  }
  // A copy that is there counts, whatever has become of the bucket since, and however late it is seen.
  const job = jobState(observed, story.job);
  if (status.backingUpSince !== undefined && job.state === 'succeeded') return { isOver: false, move: moveTo(observed, story, now) };
  if (metadata.annotations?.[SKIP] === 'true') return over(no('BackupSkipped', `the annotation ${SKIP} asks for no copy of the data`));
  if (namespaceTerminating)
    return over(no('BackupSkipped', 'the namespace is being deleted, and no Job can be made in it: the data was not copied'));
  if (data.claim.metadata.deletionTimestamp !== undefined) {
    return over(no('BackupSkipped', `claim ${data.claim.metadata.name} is being deleted, so no pod can mount it: the data was not copied`));
  }
  const { phase } = (data.claim['status'] ?? {}) as { readonly phase?: string };
  if (phase === 'Pending' || phase === 'Lost') {
    return over(no('BackupSkipped', `claim ${data.claim.metadata.name} is ${phase}: it has no volume, and nothing was copied`));
  }
  const bucket = bucketOf(observed);
  if (bucket.state === 'absent') return over(no('BackupSkipped', `the data was not copied: ${bucket.message}`));
  if (job.state === 'idle') return over(no('BackupSkipped', 'the volume is empty: there was nothing to copy'));
  if (now.getTime() >= story.endsAt) return { ...over(timedOut(observed, story)), keepsData: true };
  return { isOver: false, move: moveTo(observed, story, now) };
}

interface Story {
  readonly begun: Date;
  readonly path: string;
  readonly job: string;
  readonly timeout: string;
  readonly endsAt: number;
}

/** Clocks of two controllers may differ by so much. */
const SKEW_MS = 60_000;

/** When it began. What is no time, or is one to come, was written by somebody else or by a clock that was wrong: then it begins now. */
function begunAt(since: string | undefined, now: Date): number {
  const begun = since === undefined ? Number.NaN : Date.parse(since);
  return begun <= now.getTime() + SKEW_MS ? begun : now.getTime();
}

/** All of it follows from the time at which it began, which is the one thing that is written down. */
function storyOf({ metadata, status = {} }: LiveInstance, { timeout }: Instance['spec']['backup'], now: Date): Story {
  const begun = new Date(Math.floor(begunAt(status.backingUpSince, now) / 1000) * 1000);
  const timeoutMs = Number((parseStrictDuration(timeout) ?? 0n) / NANOSECONDS);
  return {
    begun,
    path: `${backupFolder(metadata)}/${backupStamp(begun)}`,
    job: jobName(metadata.name, 'backup', begun),
    timeout,
    endsAt: begun.getTime() + timeoutMs,
  };
}

function moveTo(observed: Observed, story: Story, now: Date): Move {
  const begun: StatusRecord = { backingUpSince: `${story.begun.toISOString().slice(0, 19)}Z`, backupJobName: story.job };
  const { message, telling, ...move } = nextStep(observed, story, now);
  const endsInMs = story.endsAt - now.getTime();
  return {
    ...move,
    record: { ...begun, ...move.record },
    activity: { reason: 'BackingUp', message },
    tellings: [telling ?? no('BackupRunning', `the data is being copied to ${story.path}`)],
    requeueAfterMs: Math.min(move.requeueAfterMs ?? LOOK_MS, endsInMs),
  };
}

type Next = Move & { readonly message: string; readonly telling?: Telling };

function nextStep(observed: Observed, story: Story, now: Date): Next {
  const waiting = 'the instance is being deleted; before that';
  const state = jobState(observed, story.job);
  if (state.state === 'succeeded') {
    const lastBackupTime = state.at ?? `${now.toISOString().slice(0, 19)}Z`;
    const record = { lastBackupPath: story.path, lastBackupTime };
    return { message: 'the data was copied', record, telling: copied(observed, story), requeueAfterMs: 1000 };
  }
  const bucket = bucketOf(observed);
  if (bucket.state === 'faulty') {
    const telling = no('BackupCredentialsFailed', `${bucket.message}; ${wayOut(story)}`);
    return { message: `${waiting} its data is to be copied: ${bucket.message}`, telling };
  }
  if (bucket.state === 'due') return { message: `${waiting} its data is copied to ${story.path}`, steps: [bucket.step] };
  const isStopped = areStopped(observed);
  const isHot = !isStopped && deliveryOf(observed) === 'git';
  if (!isHot && !isStopped) return { message: `${waiting} its pods stop, for a copy of the data`, steps: stopSteps(observed) };
  const request = { name: story.job, jobType: 'backup', direction: 'backup', path: story.path, isHot } as const;
  if (state.state === 'idle') return { message: 'there was nothing to copy' };
  const ahead = state.state === 'absent' ? jobsAhead(observed, story.job, false) : [];
  if (ahead.length > 0) {
    const message = `${waiting} its data is to be copied, when ${aheadText(ahead)}`;
    return { message, telling: no('BackupRunning', `${message}; ${wayOut(story)}`) };
  }
  const move = jobMove(observed, request, state, now);
  if (state.state !== 'failed') return { ...move, message: `${waiting} Job ${story.job} copies its data to ${story.path}` };
  const text = `Job ${story.job} failed (${state.message}), and is made anew`;
  return { ...move, message: `${waiting} its data is to be copied: ${text}`, telling: no('BackupFailed', `${text}; ${wayOut(story)}`) };
}

function wayOut({ timeout, begun }: Story): string {
  return `it is tried until ${timeout} after ${begun.toISOString().slice(0, 19)}Z (spec.backup.timeout); the annotation ${SKIP}: "true" deletes the instance without a copy`;
}

function timedOut({ data }: Observed, { timeout, path }: Story): Telling {
  const claim = data?.claim?.metadata.name ?? '';
  return no('BackupTimedOut', `no copy of the data at ${path} within ${timeout}: the instance goes without one, and claim ${claim} stays`);
}

function over(verdict: Telling): LastBackup & { isOver: true } {
  return { isOver: true, verdict, keepsData: false };
}

/** With an autoscaler each pod has a claim, and that of the first is copied. */
function copied({ instance, data }: Observed, { path }: Story): Telling {
  const { name } = instance.metadata;
  const others =
    data?.claim?.metadata.name === podClaimName(volumes.data, name, 0) ? '; claims of other pods were not copied, and stay' : '';
  return { type: 'BackupComplete', status: 'True', reason: 'BackupSucceeded', message: `the data was copied to ${path}${others}` };
}

function no(reason: string, message: string): Telling {
  return { type: 'BackupComplete', status: 'False', reason, message };
}
