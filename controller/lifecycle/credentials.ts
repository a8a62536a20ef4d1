import { copyId, bucketOf } from './bucket';
import type { StateMachine } from './machine';

const CONDITION = 'ScheduledBackupReady';

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
  const keep = [copyId(observed)];
  if (bucket.state === 'ready') return { keep };
  if (bucket.state === 'due') return { keep, steps: [bucket.step] };
  return { keep, tellings: [{ type: CONDITION, status: 'False', reason: 'S3CredentialsMissing', message: bucket.message }] };
};
