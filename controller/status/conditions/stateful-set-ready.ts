import { kinds } from '../../../constructs/wire/kinds';
import { objectNames } from '../../../constructs/wire/names';
import type { Workload } from '../../lifecycle/pods';
import { type Verdict, no, yes } from '../condition';
import { failedResult } from '../failures';
import { podsCause } from '../pod-cause';
import { idAt, type StatusView } from '../status-input';

/** The fields of a live StatefulSet that readiness is read from. */
interface LiveWorkload extends Workload {
  readonly metadata: { readonly generation?: number };
}

/** Pods are missing, or do not serve. */
export const NOT_READY = 'StatefulSetNotReady';

export const REPLACING = 'StatefulSetReplacing';

function scaledToZero({ status }: Workload, noPods: string | undefined): Verdict {
  const left = status?.replicas ?? 0;
  if (noPods === undefined) return no(NOT_READY, 'the StatefulSet asks for no pod');
  if (left > 0) return no('StatefulSetScalingDown', `${left} ${left === 1 ? 'pod has' : 'pods have'} yet to stop`);
  return yes('StatefulSetSuspended', `no pod runs, since ${noPods}`);
}

/**
 * Whether pods of the present revision serve. The status of a StatefulSet speaks of the generation that its controller has seen: right after
 * a change it still tells of the old pods. Pods of an old revision do not count either.
 */
export function statefulSetReady(view: StatusView): Verdict {
  const { instance, live, plan, wanted, results } = view;
  const key = idAt(view, kinds.statefulSet, objectNames.statefulSet(instance.metadata.name));
  if (results.get(key)?.action === 'replacing') {
    return no(REPLACING, 'a field that cannot change differs, so the StatefulSet is made anew; data and pods stay');
  }
  const found = live.get(key);
  if (!found) {
    const { text = 'the StatefulSet is not in the cluster' } =
      failedResult(view, kinds.statefulSet, objectNames.statefulSet(instance.metadata.name)) ?? {};
    return wanted ? no(NOT_READY, text) : 'off';
  }
  const workload = found as unknown as LiveWorkload;
  const { metadata, spec, status = {} } = workload;
  const desired = spec?.replicas ?? 1;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 1)) {
    return no(NOT_READY, 'the StatefulSet has changed, and its pods have not yet followed');
  }
  if (desired === 0) return scaledToZero(workload, plan.noPods);
  const { readyReplicas = 0, updatedReplicas = 0 } = status;
  const cause = podsCause(view.observed);
  const because = cause === undefined ? '' : `: ${cause}`;
  const count = `of ${desired} ${desired === 1 ? 'pod' : 'pods'}`;
  if (updatedReplicas < desired) return no(NOT_READY, `${updatedReplicas} ${count} updated${because}`);
  if (readyReplicas < desired) return no(NOT_READY, `${readyReplicas} ${count} ready${because}`);
  return yes('StatefulSetReady', `${readyReplicas} ${count} ready`);
}
