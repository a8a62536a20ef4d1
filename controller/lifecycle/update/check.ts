import { type Issue, resolve, isError } from '../../../constructs';
import { NO_POLICY, mayUpdate } from '../../../constructs/spec/policy';
import { dueAt, shareOf } from '../../observe/releases/due';
import { isNewer, newestOf, releaseOf } from '../../observe/releases/release-order';
import type { Hold, Move } from '../machine';
import { workloadsOf } from '../pods';
import { applied } from './applied';
import { type Story, TAG, type UpdateState, recorded, seconds, told, withTag } from './story';

/** Updates of a fleet begin within this time after they are seen, each instance at a moment of its own. */
const SPREAD_MS = 15 * 60_000;

/** An answer of a registry wakes the instance; this is for what nobody tells. */
const ANSWER_MS = 30_000;

/** What the copy needs to know comes with the next pass. */
const BEGIN_MS = 1000;

/** A new instance that asks for `latest` waits so long for what that is, or its first pod would be replaced at once. */
const PATIENCE_MS = 15_000;
const ASK_MS = 2000;

const RESOLVING: Hold = { reason: 'ResolvingTag', message: 'the registry is asked which release latest is' };

function isNew({ observed, live, current, now }: Story): boolean {
  const age = now.getTime() - (Date.parse(live.metadata.creationTimestamp ?? '') || 0);
  return current === 'latest' && age < PATIENCE_MS && workloadsOf(observed).length === 0;
}

/** What a look at the registry says, and the begin of an update that one found. */
export function checked(story: Story): Move {
  const { observed, state, now, live, instance } = story;
  const { releases } = observed;
  if (releases === undefined) {
    const dueInMs = dueAt(live, instance) - now.getTime();
    if (dueInMs > 0) return begun(story, dueInMs);
    return isNew(story) ? { hold: RESOLVING, requeueAfterMs: ASK_MS } : { requeueAfterMs: ANSWER_MS };
  }
  const looked: UpdateState = { ...state, lastCheckTime: seconds(now) };
  if ('problem' in releases) {
    return { record: { autoUpdate: looked }, ...told('False', 'AutoUpdateCheckFailed', releases.problem) };
  }
  return found(story, releases.tags, looked);
}

function found(story: Story, tags: readonly string[], looked: UpdateState): Move {
  const { current } = story;
  const all = newestOf(tags, current);
  if (all === undefined) {
    return { record: { autoUpdate: looked }, ...told('False', 'AutoUpdateCheckFailed', 'the repository has no tag that is a release') };
  }
  const open = newestOf(
    tags.filter((tag) => isOpen(story, tag)),
    current,
  );
  if (current === 'latest') return resolved(story, all, { ...looked, latestVersion: all });
  // One that is held is told, where no other one is open.
  const newest = open !== undefined && isNewer(open, current) ? open : all;
  const known = { ...looked, latestVersion: newest };
  if (releaseOf(current) === undefined) {
    return { record: { autoUpdate: known }, ...told('False', 'NotARelease', `${current} is no release, so none is newer`) };
  }
  const next = { ...known, currentVersion: current };
  if (!isNewer(newest, current)) {
    return { record: { autoUpdate: wentOn(next) }, ...told('False', 'UpToDate', `${current} runs, and ${newest} is the newest`) };
  }
  // What is told of a release that was taken back stays until there is a newer one.
  if (isTakenBack(next)) return { record: { autoUpdate: next } };
  const { failedVersion: _failed, ...free } = next;
  const [reason, rest] = isOpen(story, newest)
    ? ['NewVersionAvailable', '']
    : ['HeldByPolicy', '; an administrator does not let this namespace have it yet ("updates" in the policy)'];
  return { record: { autoUpdate: free }, ...told('True', reason, `${newest} is there, and ${current} runs${rest}`) };
}

/** Whether an administrator lets the namespace have a release. */
function isOpen({ live, instance }: Pick<Story, 'live' | 'instance'>, release: string): boolean {
  return mayUpdate(instance.facts.policy ?? NO_POLICY, live.metadata.namespace, release);
}

/** `latest` becomes the release that it is, so that it is known what runs and what an update would change. */
function resolved(story: Story, newest: string, known: UpdateState): Move {
  // The release is rendered from the next pass on; what is there already runs on until then.
  const isFirst = workloadsOf(story.observed).length === 0;
  return {
    ...(isFirst && { hold: RESOLVING, requeueAfterMs: ASK_MS }),
    record: { autoUpdate: { ...known, currentVersion: newest }, ...recorded(withTag(story, newest, `latest was ${newest}`)) },
    ...told('False', 'AutoUpdateTagResolved', `latest is ${newest}`),
  };
}

/** Whether the newest release was tried and taken back, or is older than one that was. */
function isTakenBack({ latestVersion = '', failedVersion }: UpdateState): boolean {
  return failedVersion !== undefined && !isNewer(latestVersion, failedVersion);
}

/** A release that was taken back and runs all the same was written by a person: what was held against it counts no more. */
function wentOn({ failedVersion, ...rest }: UpdateState): UpdateState {
  const isOver = failedVersion !== undefined && !isNewer(failedVersion, rest.currentVersion ?? '');
  return isOver ? { ...rest, rollbackCount: 0 } : { ...rest, ...(failedVersion !== undefined && { failedVersion }) };
}

/** Whether the last look found a release that is to be tried. An update must not wake an instance that somebody put to sleep. */
export function isOffered(story: Story): boolean {
  const { state, current, instance } = story;
  const { latestVersion = '' } = state;
  return isNewer(latestVersion, current) && !isTakenBack(state) && isOpen(story, latestVersion) && !instance.spec.suspended;
}

/** Begins an update that the last look found, when it is this instance's turn. */
function begun(story: Story, dueInMs: number): Move {
  const { state, current, live, now, instance } = story;
  const { latestVersion = '', lastCheckTime = '' } = state;
  if (!isOffered(story)) return { requeueAfterMs: dueInMs };
  const waitMs = Date.parse(lastCheckTime) + SPREAD_MS * shareOf(live) - now.getTime();
  if (waitMs > 0) return { requeueAfterMs: Math.min(waitMs, dueInMs) };
  const fault = faultOf(story, latestVersion);
  if (fault !== undefined) {
    const message = `${latestVersion} is not tried, for the instance is not valid with it: ${fault}`;
    return {
      record: { autoUpdate: { ...state, lastUpdateError: message } },
      requeueAfterMs: dueInMs,
      ...told('True', 'AutoUpdateAborted', message),
    };
  }
  const { lastUpdateError: _error, ...rest } = state;
  const isCopied = instance.spec.autoUpdate.backupBeforeUpdate && instance.spec.storage.persistence.enabled;
  const autoUpdate: UpdateState = { ...rest, pendingVersion: latestVersion, previousVersion: current };
  const next: Story = { ...story, state: autoUpdate };
  return isCopied
    ? { record: { autoUpdate: { ...autoUpdate, updatePhase: 'BackingUp' } }, requeueAfterMs: BEGIN_MS }
    : applied(next, latestVersion, {});
}

/**
 * Why the instance would not go on with another release: its configuration may be of a form that the release does not read any more. What stops the
 * application today as well is no reason.
 */
function faultOf({ live, instance, observed }: Story, tag: string): string | undefined {
  const others = (instance.overrides ?? []).filter(({ field }) => field !== TAG);
  const overrides = [...others, { field: TAG, value: tag, reason: 'update' }];
  const resolution = resolve(live, instance.facts, { parts: observed.parts, overrides });
  const [first] = resolution.ok ? newStops(resolution.warnings, observed) : resolution.issues.filter(isError);
  return first && `${first.path}: ${first.message}`;
}

function newStops(warnings: readonly Issue[], { resolution }: Story['observed']): Issue[] {
  const known = new Set(resolution.ok ? resolution.warnings.flatMap(({ stops, rule, path }) => (stops ? [`${rule} ${path}`] : [])) : []);
  return warnings.filter(({ stops, rule, path }) => stops && !known.has(`${rule} ${path}`));
}
