import { followsReleases } from '../../observe/releases/due';
import type { Move, StateMachine } from '../machine';
import { checked, isOffered } from './check';
import { isRestoreDue } from '../restore';
import { CONDITION, type Story, ended, isOverruled, recorded, storyOf, told, withTag } from './story';
import { givenWay, underWay } from './under-way';

const WAIT_MS = 30_000;

/**
 * Updates to new releases. An update is an override of the tag: the spec stays what its user wrote, and whoever changes the tag there has the last
 * word. Where it stands is in the status: a look finds a release, the data is copied, the tag is laid over the spec, the pods are waited for, and where
 * they do not become ready all goes back.
 */
export const autoUpdate: StateMachine = (observed, now) => {
  const story = storyOf(observed, now);
  if (story === undefined) return undefined;
  const { state, instance } = story;
  const { pendingVersion: pending } = state;
  // Both stop pods and lay things over the spec: one after the other.
  if (waits(story)) {
    return pending !== undefined && state.updatePhase === 'BackingUp' ? givenWay(story, pending) : waiting(story);
  }
  if (isOverruled(story)) return overruled(story);
  if (pending !== undefined) return underWay(story, pending);
  // What was laid over the spec stays: data that a release has seen is not for an older one.
  return followsReleases(instance) ? checked(story) : switchedOff(story);
};

/**
 * A restore is under way; or one is asked for, and goes before an update that has not applied anything yet. One that is over may stay in a spec that an
 * engine keeps.
 */
function waits({ observed, live, state }: Story): boolean {
  if (live.status?.restoreJobName !== undefined) return true;
  const isApplied = state.pendingVersion !== undefined && state.updatePhase !== 'BackingUp';
  return !isApplied && isRestoreDue(observed);
}

/** What the restore itself waits for is in its own condition. */
function waiting(story: Story): Move {
  const { pendingVersion, latestVersion = '' } = story.state;
  const text = `the update to ${latestVersion} waits for the restore: RestoreComplete tells how that stands, and without restoreFrom it is given up`;
  const isNext = pendingVersion === undefined && followsReleases(story.instance) && isOffered(story);
  return { requeueAfterMs: WAIT_MS, ...(isNext && told('True', 'NewVersionAvailable', text)) };
}

function overruled(story: Story): Move {
  const { latestVersion: _latest, ...rest } = ended(story);
  return {
    record: {
      autoUpdate: rest,
      ...recorded(withTag(story, undefined)),
      ...(story.state.updatePhase === 'BackingUp' && { backupJobName: undefined }),
    },
    ...told('False', 'Overruled', 'the tag was changed by hand: updates go on from there'),
  };
}

function switchedOff({ live }: Story): Move | undefined {
  const isTold = live.status?.conditions?.some(({ type }) => type === CONDITION) ?? false;
  return isTold ? { silences: [CONDITION] } : undefined;
}
