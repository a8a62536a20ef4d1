import type { Instance, OpenClawInstanceStatus, Override } from '../../../constructs';
import { IMAGE_TAG } from '../../../constructs/spec/override';
import { backupFolder, backupStamp } from '../../../constructs/wire/names';
import type { LiveInstance } from '../../objects/objects';
import type { Observed } from '../../observe/observed';
import { isNewer } from '../../observe/releases/release-order';
import type { Move, StatusRecord, Telling } from '../machine';

export type UpdateState = NonNullable<OpenClawInstanceStatus['autoUpdate']>;

/** The field that updates lay over the spec. */
export const TAG = IMAGE_TAG;

/** The condition that tells of updates. */
export const CONDITION = 'AutoUpdateAvailable';

/** Everything that the story of an instance's updates is told from. */
export interface Story {
  readonly observed: Observed;
  readonly live: LiveInstance;
  /** As it is resolved, with the overrides that hold. */
  readonly instance: Instance;
  readonly state: UpdateState;
  /** The tag that it is resolved to. */
  readonly current: string;
  readonly now: Date;
}

/** @returns `undefined` where there is nobody whose story could be told */
export function storyOf(observed: Observed, now: Date): Story | undefined {
  const { instance: live, resolution } = observed;
  if (live.metadata.deletionTimestamp !== undefined || !resolution.ok) return undefined;
  const { instance } = resolution;
  return { observed, live, instance, state: ownState(live), current: instance.spec.image.tag ?? 'latest', now };
}

/** What a tag is made of. */
const TAG_TEXT = /^\w[\w.-]{0,127}$/;

/** Where the copy before an update is, for whom, and from when. */
export function copyPath({ metadata }: Pick<LiveInstance, 'metadata'>, now: Date): string {
  return `${copyPrefix(metadata)}${backupStamp(now)}`;
}

function copyPrefix(metadata: LiveInstance['metadata']): string {
  return `${backupFolder(metadata)}/pre-update-`;
}

/**
 * The state without what we never wrote: whoever may write the status may write anything there, and Jobs go by it. A copy that is not in the folder of the
 * instance is that of another one, and what is no tag does not belong into a path.
 */
function ownState(live: LiveInstance): UpdateState {
  const { preUpdateBackupPath: path, pendingVersion: pending, ...rest } = live.status?.autoUpdate ?? {};
  const prefix = copyPrefix(live.metadata);
  const isOwn = path?.startsWith(prefix) === true && /^[\dT-]+Z$/.test(path.slice(prefix.length));
  return {
    ...rest,
    ...(pending !== undefined && TAG_TEXT.test(pending) && { pendingVersion: pending }),
    ...(isOwn && { preUpdateBackupPath: path }),
  };
}

/** The tag without an update: as it is written, or as an administrator has it for all. */
export function baseTag({ live, instance }: Story): string {
  return live.spec?.image?.tag || instance.facts.clusterDefaults?.image?.tag || 'latest';
}

/** Overrides with another tag, or with none over the spec. All others stay. */
export function withTag(story: Story, tag: string | undefined, reason = ''): Override[] {
  const { overrides = [] } = story.live.status ?? {};
  const others = overrides.filter(({ field }) => field !== TAG);
  if (tag === undefined || tag === baseTag(story)) return others;
  return [...others, { field: TAG, value: tag, reason, over: story.live.spec?.image?.tag ?? '' }];
}

/** No pod, for as long as the data of before an update is restored. */
const STOP: Override = { field: 'replicas', value: 0, reason: 'the data of before the update is restored' };

export function stopped(overrides: readonly Override[]): Override[] {
  return [...going(overrides), STOP];
}

/** Without {@link stopped}. */
export function going(overrides: readonly Override[]): Override[] {
  return overrides.filter(({ field, reason }) => field !== STOP.field || reason !== STOP.reason);
}

export function isStopped({ live }: Pick<Story, 'live'>): boolean {
  return live.status?.overrides?.some(({ field, reason }) => field === STOP.field && reason === STOP.reason) ?? false;
}

/** For the status: an empty list is none. */
export function recorded(overrides: Override[]): Pick<StatusRecord, 'overrides'> {
  return { overrides: overrides.length === 0 ? undefined : overrides };
}

/** The update that was laid over the spec, if there is one. */
export function laidUpdate({ live }: Pick<Story, 'live'>): Override | undefined {
  return live.status?.overrides?.find(({ field }) => field === TAG);
}

/** Whether a person has changed the tag since, or an administrator has a newer one for all: theirs is the last word. */
export function isOverruled(story: Story): boolean {
  const laid = laidUpdate(story);
  // What is half restored has to be restored whole first.
  if (laid === undefined || story.state.updatePhase === 'RollingBack') return false;
  const holds = story.instance.overrides?.some(({ field, value }) => field === TAG && value === laid.value) ?? false;
  return !holds || isNewer(baseTag(story), String(laid.value));
}

/** The state without what belongs to the update under way. */
export function ended({ state }: Pick<Story, 'state'>): UpdateState {
  const { pendingVersion: _pending, updatePhase: _phase, preUpdateBackupPath: _path, previousVersion: _previous, ...rest } = state;
  return rest;
}

export function seconds(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

export function told(status: Telling['status'], reason: string, message: string): Pick<Move, 'tellings'> {
  return { tellings: [{ type: CONDITION, status, reason, message }] };
}
