import { imageReference } from '../../../constructs/wire/image';
import { kinds } from '../../../constructs/wire/kinds';
import type { Instance } from '../../../constructs';
import { imageOf } from '../../objects/workload-image';
import type { Observed } from '../../observe/observed';
import { workloadsOf } from '../pods';

interface Revised {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
  };
}

type Seen = Pick<Observed, 'owned' | 'instance' | 'pods' | 'missingRights'>;

/** Where a release stands in the cluster. */
export type Health =
  /** The cluster has another one yet. */
  | 'undelivered'
  /** The cluster has it, and its pods are not all ready. */
  | 'waiting'
  /** They are, but not for long enough. */
  | 'settling'
  | 'ready';

/** A pod that starts and crashes again and again is ready for a moment each time. */
export const SETTLED_MS = 30_000;

/**
 * The health of the release that an instance is resolved to: of the new revision, and of no pod of an older one. What the StatefulSet says counts when
 * it has seen its own newest state, runs the wanted image, and has no revision left to roll.
 */
export function healthOf(observed: Seen, { spec }: Pick<Instance, 'spec'>, now: Date): Health {
  const workload = workloadsOf(observed).find(({ kind }) => kind === kinds.statefulSet.kind);
  if (workload === undefined || imageOf(workload) !== imageReference(spec.image, spec.registry)) return 'undelivered';
  const { spec: wanted, status = {} } = workload as unknown as Revised;
  const { observedGeneration = 0, currentRevision, updateRevision, updatedReplicas = 0, readyReplicas = 0 } = status;
  if (observedGeneration < (workload.metadata.generation ?? 1)) return 'waiting';
  const replicas = Math.max(1, wanted?.replicas ?? 1);
  // The server keeps both apart until the last pod is new. A simulated one may name none.
  const isRolled = currentRevision === updateRevision;
  if (!isRolled || updatedReplicas < replicas || readyReplicas < replicas) return 'waiting';
  return isSettled(observed, { revision: updateRevision, replicas }, now.getTime()) ? 'ready' : 'settling';
}

/**
 * Whether every pod has been ready for a while without a break, as its kubelet tells it. One whose clock is ahead of ours tells nothing. Pods and their
 * StatefulSet are watched apart, so one may be seen earlier than the other: a pod of the release before, or none, is no pod of this one. Whoever may not
 * see pods goes by the StatefulSet alone.
 */
function isSettled(
  { pods = [], missingRights = [] }: Seen,
  { revision, replicas }: { readonly revision: string | undefined; readonly replicas: number },
  nowMs: number,
): boolean {
  if (missingRights.some((right) => right.endsWith(' pods'))) return true;
  const living = pods.filter(({ deletionTimestamp }) => deletionTimestamp === undefined);
  const isAllThere = living.length >= replicas && living.every((pod) => pod.revision === undefined || pod.revision === revision);
  return (
    isAllThere &&
    living.every(({ readySince }) => {
      const forMs = readySince === undefined ? 0 : nowMs - Date.parse(readySince);
      return !(forMs >= 0 && forMs < SETTLED_MS);
    })
  );
}
