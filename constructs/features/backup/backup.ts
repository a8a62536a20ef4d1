import type { Construct } from 'constructs';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type CheckInput, type Part, PartConstruct, type PartConstructProps, type TransferRequest } from '../../part';
import type { Instance } from '../../spec/instance';
import { error, warning } from '../../spec/issue';
import type { Reference } from '../../spec/reference';
import { kinds } from '../../wire/kinds';
import { jobLabels, labels, objectNames } from '../../wire/names';
import type { Manifest } from '../../wire/manifest';
import { objectMetadata } from '../../wire/object-metadata';
import { WireObject } from '../../wire/wire-object';
import { scheduleFinding } from './schedule';
import { copiedClaim, requiredKeys, transferJobSpec } from './transfer';

const PATH = 'spec.backup.schedule';

/** A run that could not begin in this time is left out, so that runs do not pile up. */
const LATEST_START_SECONDS = 600;

const schedule: Check = function* ({ spec }) {
  const { schedule: text } = spec.backup;
  if (text === undefined) return;
  const finding = scheduleFinding(text);
  if (finding === undefined) return;
  if (finding.severity === 'error') yield error(PATH, 'backup/schedule', finding.message);
  else yield warning(PATH, 'backup/schedule', finding.message);
};

const nothingToCopy: Check = function* ({ spec }) {
  if (spec.storage.persistence.enabled) return;
  yield warning(
    PATH,
    'backup/no-persistence',
    'nothing is backed up, since storage.persistence.enabled is false: set that to true, or remove the schedule',
  );
};

const firstReplicaOnly: Check = function* ({ name, spec }, hosts) {
  if (!hosts.workload.hasClaimTemplate('data') || !spec.storage.persistence.enabled) return;
  yield warning(PATH, 'backup/replicas', `each replica has a claim of its own, and only that of the first, data-${name}-0, is backed up`);
};

function* references({ name, spec }: CheckInput): Iterable<Reference> {
  if (!spec.storage.persistence.enabled) return;
  yield { kind: 'Secret', name: objectNames.s3Credentials(name), path: PATH, purpose: 'bucket of the backups', keys: requiredKeys };
}

function create(scope: Construct, hosts: Hosts, instance: Instance): void {
  if (copiedClaim(hosts, instance) === undefined) return;
  const { name, spec } = instance;
  const { schedule: text, historyLimit, failedHistoryLimit } = spec.backup;
  const jobType = 'periodic-backup';
  const own = jobLabels(instance, jobType);
  new WireObject(scope, 'PeriodicBackup', {
    apiVersion: kinds.cronJob.apiVersion,
    kind: kinds.cronJob.kind,
    metadata: objectMetadata(instance, objectNames.periodicBackup(name), { labels: own }),
    produce: () => ({
      spec: {
        schedule: text,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: LATEST_START_SECONDS,
        successfulJobsHistoryLimit: historyLimit,
        failedJobsHistoryLimit: failedHistoryLimit,
        jobTemplate: { metadata: { labels: own }, spec: transferJobSpec(hosts, instance, { transfer: { kind: 'periodic' }, jobType }) },
      },
    }),
  });
}

/** A Job outlives a change of the spec, so it is no object of the chart: the controller makes it when its time has come. */
function transferJob(
  hosts: Hosts,
  instance: Instance,
  { name, jobType, direction, path, isHot, aside }: TransferRequest,
): Manifest | undefined {
  if (copiedClaim(hosts, instance) === undefined) return undefined;
  const own = { ...jobLabels(instance, jobType), [labels.ownName]: instance.name };
  const transfer = { kind: direction, path, ...(isHot && { isHot }), ...(aside !== undefined && { aside }) };
  return {
    apiVersion: kinds.job.apiVersion,
    kind: kinds.job.kind,
    metadata: objectMetadata(instance, name, { labels: own }),
    spec: transferJobSpec(hosts, instance, { transfer, jobType }),
  };
}

/** Copies of the data in a bucket, by a schedule. */
export const backup: Part = {
  name: 'backup',
  claims: ['backup'],
  emits: [kinds.cronJob],
  managed: [
    {
      field: 'backupCronJob',
      kind: kinds.cronJob,
      nameOf: ({ name, spec }) => (spec.backup.schedule === undefined ? undefined : objectNames.periodicBackup(name)),
    },
  ],
  conditions: [
    {
      type: 'ScheduledBackupReady',
      kind: kinds.cronJob,
      created: 'CronJobReady',
      leftOut: { rule: 'backup/no-persistence', reason: 'PersistenceDisabled' },
    },
  ],
  isEnabled: (spec) => spec.backup.schedule !== undefined,
  checks: [schedule, nothingToCopy, firstReplicaOnly],
  references,
  transferJob,
  create,
};

/** Copies of the data in a bucket, by a schedule. */
export class Backup extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, backup, props);
  }
}
