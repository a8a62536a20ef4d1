import { isDeepStrictEqual } from 'node:util';
import { labels } from '../../constructs/wire/names';
import type { LiveCopy } from '../api/live-copy';
import { events, pods } from '../objects/kinds';
import { type InstanceKey, type KubeObject, keyText } from '../objects/objects';
import { byInstance, labelledInstance } from '../objects/ownership';
import type { Watches } from './watches';
import { type PodFact, podAsKept, podFactOf, refusalAsKept, refusalOf } from './pod-facts';

const INSTANCE = 'instance';

/** The label of the selector that all instances have in common. */
const AGENTS = `${labels.name}=openclaw`;

/** Pods that a StatefulSet could not make: an admission plugin or a quota says no, and no status of any object tells. */
const REFUSED = 'involvedObject.kind=StatefulSet,reason=FailedCreate';

/**
 * The pods of all instances, and refusals of pods. They are watched, for a status is to tell why no pod gets ready as soon as it is known, and
 * without a request a pass; a few hundred bytes of each are kept.
 */
export class PodCaches {
  private readonly pods: LiveCopy;
  private readonly refusals: LiveCopy;

  /**
   * @param watches makes them
   * @param wake asks for a pass of an instance
   */
  public constructor(
    watches: Watches,
    private readonly wake: (key: InstanceKey) => void,
  ) {
    const indexes = { [INSTANCE]: byInstance };
    this.pods = watches.make(pods, { labelSelector: AGENTS, keep: podAsKept, indexes });
    this.refusals = watches.make(events, { fieldSelector: REFUSED, keep: refusalAsKept, indexes });
    this.pods.onChange((before, after) => this.changed(before, after));
    this.refusals.onChange((before, after) => this.changed(before, after));
  }

  /** In the order of their names. */
  public podsOf(key: InstanceKey): PodFact[] {
    const found = this.pods.by(INSTANCE, keyText(key)).map(podFactOf);
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Why the server lets no pod of this StatefulSet be made, as was said last. */
  public refusalFor(key: InstanceKey, workload: string | undefined): string | undefined {
    const found = this.refusals.by(INSTANCE, keyText(key)).flatMap((event) => refusalOf(event) ?? []);
    return found.findLast((refusal) => refusal.workload === workload)?.message;
  }

  /** What a kubelet writes again and again changes nothing that is kept. */
  private changed(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const object = after ?? before;
    const key = object && labelledInstance(object);
    if (key === undefined || isDeepStrictEqual(contentOf(before), contentOf(after))) return;
    this.wake(key);
  }
}

function contentOf(object: KubeObject | undefined): unknown {
  return object && { ...object, metadata: { ...object.metadata, resourceVersion: undefined } };
}
