import { kinds } from '../../constructs/wire/kinds';
import { backupFolder, objectNames } from '../../constructs/wire/names';
import type { Observed } from '../observe/observed';
import { bucketOf, copyId } from './bucket';
import type { StateMachine, StatusRecord } from './machine';

const CONDITION = 'ScheduledBackupReady';

/** The last good run of the schedule, as its CronJob tells it. */
function lastRun({ instance, owned }: Observed): { readonly record?: StatusRecord } {
  const { metadata, status = {} } = instance;
  const name = objectNames.periodicBackup(metadata.name);
  const found = owned.find((object) => object.kind === kinds.cronJob.kind && object.metadata.name === name);
  const { lastSuccessfulTime = '' } = (found?.['status'] ?? {}) as { readonly lastSuccessfulTime?: string };
  if (lastSuccessfulTime <= (status.lastBackupTime ?? '')) return {};
  return { record: { lastBackupPath: `${backupFolder(metadata)}/periodic/latest`, lastBackupTime: lastSuccessfulTime } };
}

/**
 * Keeps the Secret that Jobs name in step with its source, as long as a schedule needs it. One that nobody needs any more is pruned like any other
 * object.
 */
export const credentials: StateMachine = (observed) => {
  const { instance, resolution } = observed;
  const isWanted = resolution.ok && resolution.instance.spec.backup.schedule !== undefined;
  const { enabled } = resolution.ok ? resolution.instance.spec.storage.persistence : { enabled: false };
  if (observed.data === undefined || !isWanted || !enabled || instance.metadata.deletionTimestamp !== undefined) return undefined;
  const bucket = bucketOf(observed);
  const common = { keep: [copyId(observed)], ...lastRun(observed) };
  if (bucket.state === 'ready') return common;
  if (bucket.state === 'due') return { ...common, steps: [bucket.step] };
  return { ...common, tellings: [{ type: CONDITION, status: 'False', reason: 'S3CredentialsMissing', message: bucket.message }] };
};
