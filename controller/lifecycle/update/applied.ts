import type { Move, StatusRecord } from '../machine';
import { type Story, type UpdateState, recorded, seconds, told, withTag } from './story';

/** How often it is looked at pods that become ready. Their changes wake the instance as well. */
export const LOOK_MS = 10_000;

/** What the instance tells while its pods are not those of one release. */
export function updating(message: string): Pick<Move, 'activity' | 'requeueAfterMs'> {
  return { activity: { reason: 'Updating', message }, requeueAfterMs: LOOK_MS };
}

/** From now on the instance is rendered with the new tag. */
export function applied(story: Story, pending: string, record: StatusRecord): Move {
  const { state, now } = story;
  const { preUpdateBackupPath: _none, ...rest } = state;
  const path = record.lastBackupPath === undefined ? {} : { preUpdateBackupPath: record.lastBackupPath };
  const autoUpdate: UpdateState = { ...rest, ...path, updatePhase: 'ApplyingUpdate', lastUpdateTime: seconds(now) };
  const from = state.previousVersion ?? '';
  return {
    record: { ...record, autoUpdate, ...recorded(withTag(story, pending, `update from ${from}`)) },
    ...updating(`the update to ${pending} is applied`),
    ...told('True', 'AutoUpdateApplied', `${pending} is applied in the place of ${from}`),
  };
}
