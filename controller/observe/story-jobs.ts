import { type JobType, jobBegun, jobName } from '../../constructs/wire/names';
import type { LiveInstance } from '../objects/objects';

/** The Job that brings back the data of before an update. From the time of the update, so that it has one name in all of that story. */
export function rollbackJobName({ metadata, status }: LiveInstance): string {
  return jobName(metadata.name, 'rollback-restore', new Date(Date.parse(status?.autoUpdate?.lastUpdateTime ?? '') || 0));
}

/**
 * The Jobs that the status tells of: those that may have been made and whose end nobody has seen yet. Whoever may write a status may write any name there;
 * only names that {@link jobName} gives count.
 */
export function storyJobs(instance: LiveInstance): string[] {
  const { restoreJobName, backupJobName, autoUpdate } = instance.status ?? {};
  const isOf = (job: string | undefined, ...types: readonly JobType[]): job is string =>
    job !== undefined && types.some((type) => jobBegun(instance.metadata.name, type, job) !== undefined);
  return [
    ...(isOf(restoreJobName, 'restore') ? [restoreJobName] : []),
    ...(isOf(backupJobName, 'backup', 'pre-update-backup') ? [backupJobName] : []),
    ...(autoUpdate?.updatePhase === 'RollingBack' ? [rollbackJobName(instance)] : []),
  ];
}
