import { type AuditEvent, isDryRun } from '../../cluster/audit';

/** An event of the audit log with its time. */
export type TimedEvent = AuditEvent & { readonly stageTimestamp: string };

/** `patch statefulsets`, `patch openclawinstances/status`, `patch services (dry run)`: what was asked, and how often. */
export function requestCounts(events: readonly AuditEvent[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    const { verb, objectRef, responseStatus } = event;
    const { resource = '', subresource } = objectRef ?? {};
    const code = responseStatus?.code ?? 0;
    const failed = code >= 400 ? ` (${code})` : '';
    const dryRun = isDryRun(event) ? ' (dry run)' : '';
    const name = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${dryRun}${failed}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map([...counts].toSorted(([a], [b]) => a.localeCompare(b)));
}

/** The requests of one user. Watches are left out: the log has them when they end. */
export function requestsOf(events: readonly AuditEvent[], user: string): TimedEvent[] {
  return events.filter(({ user: { username }, verb }) => username === user && verb !== 'watch') as TimedEvent[];
}

/** When the last of these was answered, in ms since the epoch; undefined where there is none. */
export function lastAnswer(events: readonly TimedEvent[]): number | undefined {
  return events.reduce<number | undefined>((latest, { stageTimestamp }) => Math.max(latest ?? 0, Date.parse(stageTimestamp)), undefined);
}

export function isOfInstance({ objectRef }: AuditEvent): boolean {
  return objectRef?.resource === 'openclawinstances';
}

export function isEvent({ objectRef }: AuditEvent): boolean {
  return objectRef?.resource === 'events';
}

export function isOfStatus({ objectRef }: AuditEvent): boolean {
  return objectRef?.subresource === 'status';
}
