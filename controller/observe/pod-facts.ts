import { labels } from '../../constructs/wire/names';
import type { KubeObject } from '../objects/objects';
import { whichOne } from './what-is-read';

/** The longest message of others that is kept, in characters. A kubelet or a plugin writes as much as it likes. */
const LONGEST = 400;

/** Why a container does not run: what a kubelet says of it now, and how it ended last. */
export interface ContainerFact {
  readonly name: string;
  readonly isReady: boolean;
  /** Such as `CrashLoopBackOff` or `ImagePullBackOff`. @default - it does not wait */
  readonly waiting?: Ending;
  /** How it ended, last or for good. @default - it never ended */
  readonly ended?: Ending & { readonly exitCode: number };
}

interface Ending {
  readonly reason: string;
  readonly message: string;
}

/** What a pass reads of a pod. */
export interface PodFact {
  readonly name: string;
  /** @default - it is not being deleted */
  readonly deletionTimestamp?: string;
  /** The revision of the StatefulSet that it is of. @default - it has no label that says so */
  readonly revision?: string;
  /** Why it runs on no node. @default - it does, or nobody said why */
  readonly unscheduled?: string;
  /** Since when it is ready without a break. @default - it is not */
  readonly readySince?: string;
  /** Why the whole pod failed, such as `Evicted`. @default - it did not */
  readonly failed?: Ending;
  /** Init containers first, in the order of the pod. */
  readonly containers: readonly ContainerFact[];
}

interface State {
  readonly waiting?: Partial<Ending>;
  readonly terminated?: Partial<Ending> & { readonly exitCode: number };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly state?: State;
  readonly lastState?: State;
}

interface PodStatus extends Partial<Ending> {
  readonly phase?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
    readonly lastTransitionTime?: string;
  }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** Words of others as they are kept: no line of them ends, and none is long. */
function ending({ reason = '', message = '' }: Partial<Ending>): Ending {
  return { reason, message: message.replaceAll(/\s+/g, ' ').slice(0, LONGEST) };
}

function containerFact({ name, ready = false, state = {}, lastState = {} }: ContainerStatus): ContainerFact {
  const ended = state.terminated ?? lastState.terminated;
  return {
    name,
    isReady: ready,
    ...(state.waiting && { waiting: ending(state.waiting) }),
    ...(ended && { ended: { ...ending(ended), exitCode: ended.exitCode } }),
  };
}

/** The field in which the facts of a pod stand in its cache. */
const FACT = 'fact';

/** The label by which a StatefulSet tells its pods apart. */
const REVISION = 'controller-revision-hash';

/** Of a pod its labels of ours and these facts are kept: specs and the status of nodes are long, and there are as many pods as instances. */
export function podAsKept({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { name, deletionTimestamp } = metadata;
  const status = (rest['status'] ?? {}) as PodStatus;
  const condition = (type: string, is: string) => status.conditions?.find((one) => one.type === type && one.status === is);
  const unscheduled = condition('PodScheduled', 'False')?.message;
  const readySince = condition('Ready', 'True')?.lastTransitionTime;
  const revision = metadata.labels?.[REVISION];
  const fact: PodFact = {
    name,
    ...(revision !== undefined && { revision }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(unscheduled !== undefined && { unscheduled: ending({ message: unscheduled }).message }),
    ...(readySince !== undefined && { readySince }),
    ...(status.phase === 'Failed' && { failed: ending(status) }),
    containers: [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(containerFact),
  };
  const instance = metadata.labels?.[labels.instance];
  return {
    apiVersion,
    kind,
    metadata: {
      ...whichOne(metadata),
      ...(instance !== undefined && { labels: { [labels.instance]: instance } }),
    },
    [FACT]: fact,
  };
}

export function podFactOf(kept: KubeObject): PodFact {
  return kept[FACT] as PodFact;
}

interface EventFields {
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/** The refusal of a pod, as the controller of StatefulSets tells it in an event. */
export interface Refusal {
  /** UID of the StatefulSet. */
  readonly workload: string;
  readonly message: string;
}

/** Of an event what it is about and its words are kept. */
export function refusalAsKept({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  const { reason, message = '', involvedObject: about = {} } = rest as EventFields;
  const isRefusal = about.kind === 'StatefulSet' && reason === 'FailedCreate';
  const refusal: Refusal = { workload: about.uid ?? '', message: ending({ message }).message };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      // A StatefulSet has the name of its instance.
      ...(isRefusal && about.name !== undefined && { labels: { [labels.instance]: about.name } }),
    },
    ...(isRefusal && { [FACT]: refusal }),
  };
}

export function refusalOf(kept: KubeObject): Refusal | undefined {
  return kept[FACT] as Refusal | undefined;
}
