import type { Manifest } from '../../../constructs';
import { commonLabels } from '../../../constructs/wire/names';
import { idOf } from '../../../constructs/wire/object-ref';
import type { StateMachine } from '../../../controller/lifecycle/machine';
import type { Observed } from '../../../controller/observe/observed';

/** On an instance: what to copy it to. */
export const COPY = 'example.com/copy-to';

export const POLL_MS = 5000;

/** Stands for the Job of a real machine. */
export const jobName = 'alice-copy';

function job({ instance: { metadata } }: Observed): Manifest {
  const labels = commonLabels(metadata.name);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: jobName, namespace: metadata.namespace, labels },
    data: { state: 'begun' },
  };
}

function isStopped({ owned }: Observed): boolean {
  const workload = owned.find(({ kind }) => kind === 'StatefulSet');
  const { replicas } = (workload?.['spec'] ?? {}) as { replicas?: number };
  const status = (workload?.['status'] ?? {}) as { replicas?: number };
  return replicas === 0 && status.replicas === 0;
}

/**
 * Copies an instance with its pods stopped, once a value of the annotation: stop the pods, run the job, take it away and start the pods. Each pass
 * makes one step.
 */
export const copying: StateMachine = (observed, now) => {
  const { instance, owned } = observed;
  const { overrides = [], backupJobName, lastBackupPath } = instance.status ?? {};
  const target = instance.metadata.annotations?.[COPY];
  if (target === undefined || lastBackupPath === target) return undefined;
  if (overrides.length === 0) {
    const backingUpSince = `${now.toISOString().slice(0, 19)}Z`;
    return { record: { overrides: [{ field: 'replicas', value: 0, reason: 'copy' }], backingUpSince }, requeueAfterMs: POLL_MS };
  }
  if (!isStopped(observed)) return { requeueAfterMs: POLL_MS };
  const wanted = job(observed);
  const live = owned.find(({ metadata }) => metadata.name === jobName);
  const keep = [idOf(wanted)];
  const record = { backupJobName: jobName };
  if (live === undefined || backupJobName === undefined) {
    return { record, steps: [{ step: 'apply', manifest: wanted }], keep, requeueAfterMs: POLL_MS };
  }
  if ((live['data'] as { state?: string }).state !== 'ended') return { keep, requeueAfterMs: POLL_MS };
  return {
    record: { overrides: undefined, backupJobName: undefined, backingUpSince: undefined, lastBackupPath: target },
    steps: [{ step: 'prune', object: live }],
    keep,
  };
};
