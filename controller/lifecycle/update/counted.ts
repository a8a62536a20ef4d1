import type { Telling } from '../machine';
import type { UpdateState } from './story';

/** What is counted of updates. */
export type UpdateEvent = 'checked' | 'check failed' | 'applied' | 'rolled back';

/** What happened between two states. */
export function updateEvents(before: UpdateState = {}, after: UpdateState = {}, tellings: readonly Telling[] = []): UpdateEvent[] {
  const events: UpdateEvent[] = [];
  if (after.lastCheckTime !== undefined && after.lastCheckTime !== before.lastCheckTime) {
    events.push(tellings.some(({ reason }) => reason === 'AutoUpdateCheckFailed') ? 'check failed' : 'checked');
  }
  if (after.updatePhase === 'ApplyingUpdate' && before.updatePhase !== 'ApplyingUpdate') events.push('applied');
  if ((after.rollbackCount ?? 0) > (before.rollbackCount ?? 0)) events.push('rolled back');
  return events;
}
