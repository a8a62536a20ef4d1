import { milliseconds } from '../../observe/releases/due';
import type { Move, StatusRecord } from '../machine';
import { aheadText, jobState, runsOfSchedule } from '../job';
import { UNDER_WAY } from '../restore';
import { areStopped } from '../pods';
import { LOOK_MS, applied, updating } from './applied';
import { copied } from './copy';
import { SETTLED_MS, healthOf } from './health';
import { canRestore, othersText, restored } from './restore-data';
import { type Story, type UpdateState, ended, going, isStopped, recorded, seconds, stopped, told, withTag } from './story';

/** After so many updates in a row that were taken back, only a newer release is tried. */
const MOST_ROLLBACKS = 3;

const TEN_MINUTES_MS = 10 * 60_000;

/** The next step of an update that is under way. Each is written down before anything of it is done. */
export function underWay(story: Story, pending: string): Move {
  switch (story.state.updatePhase) {
    case 'BackingUp':
      return backingUp(story, pending);
    case 'HealthCheck':
      return health(story, pending);
    case 'RollingBack':
      return rollingBack(story, pending);
    default:
      return applying(story, pending);
  }
}

/** The agent runs on meanwhile, so nothing is told of an outage. */
function backingUp(story: Story, pending: string): Move {
  const copy = copied(story, pending);
  if (copy.state === 'under way') return copy.move;
  if (copy.state === 'failed') return aborted(story, pending, copy.message);
  return applied(story, pending, copy.record);
}

/**
 * Until the cluster has it: the time for its health begins then. With Git delivery that is the engine's to do; and what is refused changes nothing, so the
 * old pods serve on until somebody mends it.
 */
function applying(story: Story, pending: string): Move {
  const { state, observed, instance, now } = story;
  if (healthOf(observed, instance, now) === 'undelivered') {
    return updating(`the update to ${pending} is on its way to the cluster`);
  }
  if (!instance.spec.autoUpdate.rollbackOnFailure) {
    return confirmed(story, pending, `${pending} is applied, and its health is nobody's condition (spec.autoUpdate.rollbackOnFailure)`);
  }
  return {
    record: { autoUpdate: { ...state, updatePhase: 'HealthCheck', lastUpdateTime: seconds(now) } },
    ...updating(`the pods of ${pending} are waited for`),
  };
}

function health(story: Story, pending: string): Move {
  const { observed, instance, now } = story;
  const { healthCheckTimeout } = instance.spec.autoUpdate;
  if (instance.spec.suspended)
    return confirmed(story, pending, `${pending} is applied; the instance was suspended before its pods were ready`);
  const state = healthOf(observed, instance, now);
  if (state === 'ready') return confirmed(story, pending, `${pending} runs`);
  // What got ready in time is looked at to its end.
  const left = leftMs(story) + (state === 'settling' ? SETTLED_MS : 0);
  if (left <= 0) {
    const why = `${pending} was not ready within ${healthCheckTimeout}`;
    // The pod of a run may need that of the agent.
    const runs = canRestore(story) ? runsOfSchedule(observed) : [];
    if (runs.length > 0) return updating(`${why}: it is taken back when ${aheadText(runs)}, which copies the volume by the schedule`);
    return takenBack(story, pending, why);
  }
  const move = updating(`the pods of ${pending} are waited for, ${healthCheckTimeout} at most`);
  return { ...move, requeueAfterMs: Math.min(LOOK_MS, left) };
}

/** Of the time that a release may take. */
function leftMs({ state, instance, now }: Story): number {
  const begun = Date.parse(state.lastUpdateTime ?? '') || 0;
  return begun + milliseconds(instance.spec.autoUpdate.healthCheckTimeout, TEN_MINUTES_MS) - now.getTime();
}

function confirmed(story: Story, pending: string, message: string): Move {
  const { failedVersion: _failed, lastUpdateError: _error, ...rest } = ended(story);
  const autoUpdate: UpdateState = { ...rest, currentVersion: pending, lastUpdateTime: seconds(story.now), rollbackCount: 0 };
  return { record: { autoUpdate }, ...told('False', 'AutoUpdateConfirmed', message) };
}

/** The old tag again; and where there is a copy of the data of before, no pod until that is back. */
function takenBack(story: Story, pending: string, why: string): Move {
  const { state } = story;
  const { previousVersion = '' } = state;
  const tags = withTag(story, previousVersion, `back from ${pending}`);
  const text = `${why}: going back to ${previousVersion}`;
  return {
    record: {
      autoUpdate: { ...state, updatePhase: 'RollingBack', lastUpdateError: why },
      ...recorded(canRestore(story) ? stopped(tags) : tags),
    },
    ...updating(text),
    ...told('True', 'AutoUpdateHealthCheckFailed', text),
  };
}

function rollingBack(story: Story, pending: string): Move {
  const { state, observed, live } = story;
  const { lastUpdateError: why = '', preUpdateBackupPath: path } = state;
  const goesOn = recorded(going(live.status?.overrides ?? []));
  if (path === undefined)
    return over(story, pending, `${why}; the data is what ${pending} left, and there is no copy of that of before`, goesOn);
  if (!isStopped(story)) return withoutStop(story, pending, path);
  if (!areStopped(observed)) return updating(`${why}: the pods stop, so that the data of before can be restored`);
  const data = restored(story, pending, path);
  if (data.state === 'under way') {
    const before = data.waits === undefined ? '' : `; before that ${data.waits}`;
    return { ...updating(`${why}: the data of before is restored${before}`), ...data.move };
  }
  if (data.state === 'stuck') {
    return { ...updating(`${why}; ${data.message}`), ...data.move, ...told('True', 'RollbackRestoreFailed', `${why}; ${data.message}`) };
  }
  const text = {
    over: `the data is that of before${othersText(story)}`,
    'given up': `the data is what ${pending} left, where a restore had begun a part of it: that of before is at ${path}`,
  };
  return over(story, pending, `${why}; ${text[data.state]}`, goesOn);
}

/** A restore that a person asked for stops the pods itself, and lets them go when it is whole. One that was given up leaves the volume as it was: the way back goes on. */
function withoutStop(story: Story, pending: string, path: string): Move {
  const { state, live } = story;
  const { lastUpdateError: why = '' } = state;
  const { restoredFrom, mayRestoreAgain, conditions = [], overrides = [] } = live.status ?? {};
  const condition = conditions.find(({ type }) => type === 'RestoreComplete');
  // The record of its end comes before the condition; one that was given up is told of by a reason of its own.
  const isWhole = condition?.status === 'True' || (mayRestoreAgain !== true && UNDER_WAY.has(condition?.reason));
  if (restoredFrom !== undefined && isWhole) {
    return over(story, pending, `${why}; the data is that of ${restoredFrom}, and that of before the update is at ${path}`);
  }
  return { record: recorded(stopped(overrides)), ...updating(`${why}: the pods stop, so that the data of before can be restored`) };
}

/** It is as it was, and this release is not tried again. */
function over(story: Story, pending: string, why: string, record: StatusRecord = {}): Move {
  const { previousVersion = '', rollbackCount = 0 } = story.state;
  const count = rollbackCount + 1;
  const autoUpdate: UpdateState = {
    ...ended(story),
    failedVersion: pending,
    lastUpdateError: why,
    rollbackCount: count,
    currentVersion: previousVersion,
  };
  const isPaused = count >= MOST_ROLLBACKS;
  const rest = isPaused ? `; ${count} updates in a row were taken back: nothing is tried until there is a newer release` : '';
  const reason = isPaused ? 'AutoUpdatePaused' : 'AutoUpdateRolledBack';
  return { record: { ...record, autoUpdate }, ...told('True', reason, `${why}: back at ${previousVersion}${rest}`) };
}

/** What it copied would not be the data of before any more: somebody restores other data. It begins anew afterwards, and makes a copy of that. */
export function givenWay(story: Story, pending: string): Move {
  const { backupJobName: name } = story.live.status ?? {};
  const job = name === undefined ? undefined : jobState(story.observed, name);
  const isThere = job?.state === 'busy' && job.job.metadata.deletionTimestamp === undefined;
  return {
    record: { autoUpdate: ended(story), backupJobName: undefined },
    steps: isThere ? [{ step: 'remove-job', job: job.job }] : [],
    requeueAfterMs: LOOK_MS,
    ...told('True', 'NewVersionAvailable', `the update to ${pending} waits for the restore`),
  };
}

/** Nothing of the update was applied, so nothing has to be taken back; the next look may begin it anew. */
function aborted(story: Story, pending: string, why: string): Move {
  const message = `the update to ${pending} is put off: ${why}`;
  const { latestVersion: _latest, ...rest } = ended(story);
  return {
    record: { autoUpdate: { ...rest, lastUpdateError: message }, backupJobName: undefined },
    ...told('True', 'AutoUpdateAborted', message),
  };
}
