import type { LiveInstance } from '../objects/objects';
import type { EventSubject } from '../status/event-book';
import type { EventDraft } from '../status/events';
import { EVENT_LIMIT, cut } from '../status/text';
import type { Decision } from './decide-request';
import type { LiveRequest } from './request';

/** An event, and of whom it is told. */
export interface ToldEvent {
  readonly subject: EventSubject;
  readonly event: EventDraft;
}

/** The reason on the instance, by the end of the request. */
const REASONS = { Applied: 'SelfConfigApplied', Denied: 'SelfConfigDenied', Failed: 'SelfConfigFailed' } as const;

/** What is told of the end of a request: to whoever watches the instance, and to whoever looks at the request. */
export function eventsOf(request: LiveRequest, instance: LiveInstance | undefined, decision: Decision, message: string): ToldEvent[] {
  const { phase } = decision;
  if (phase === 'Pending') return [];
  const type = phase === 'Applied' ? 'Normal' : 'Warning';
  const own: ToldEvent = { subject: request, event: { type, reason: phase, message: cut(message, EVENT_LIMIT) } };
  if (instance === undefined) return [own];
  const text = cut(`request ${request.metadata.name}: ${message}`, EVENT_LIMIT);
  const told: ToldEvent[] = [own, { subject: instance, event: { type, reason: REASONS[phase], message: text } }];
  if (phase !== 'Applied' || decision.kept.length === 0) return told;
  const kept = cut(`request ${request.metadata.name}: not removed, for somebody else wrote it: ${decision.kept.join(', ')}`, EVENT_LIMIT);
  return [...told, { subject: instance, event: { type: 'Warning', reason: 'SelfConfigSkippedRemoval', message: kept } }];
}
