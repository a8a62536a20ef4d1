import type { Manifest, OpenClawInstanceStatus } from '../../constructs';
import type { Kind } from '../../constructs/wire/kinds';
import { idOf, objectId } from '../../constructs/wire/object-ref';
import type { KubeObject, LiveInstance } from '../objects/objects';
import type { ObjectOutcome, Outcome } from '../decide/outcome';
import type { Observed } from '../observe/observed';
import type { Plan } from '../decide/plan';

/** Everything that the status of one instance is computed from. */
export interface StatusInput {
  readonly observed: Observed;
  readonly plan: Plan;
  /** What the pass did about the plan. */
  readonly outcome: Outcome;
}

/** The input after the pass: what is wanted, what is there, what became of it. Conditions look here and nowhere else. */
export interface StatusView extends StatusInput {
  readonly instance: LiveInstance;
  readonly generation: number;
  /** The status before this pass; empty for a new instance. */
  readonly previous: OpenClawInstanceStatus;
  /** What was delivered. @default - nothing is, since the spec is invalid, a hold is on, or the instance is being deleted */
  readonly wanted?: readonly Manifest[];
  /** Objects as last seen, by id. What this pass removed may still be among them; `wanted` tells what counts. */
  readonly live: ReadonlyMap<string, KubeObject>;
  /** By id. */
  readonly results: ReadonlyMap<string, ObjectOutcome>;
}

/** The id of an object of ours in the namespace of the instance. */
export function idAt({ instance: { metadata } }: Pick<StatusView, 'instance'>, { apiVersion, kind }: Kind, name: string): string {
  return objectId({ apiVersion, kind, namespace: metadata.namespace, name });
}

/** The same object as last seen. */
export function liveAt(view: StatusView, kind: Kind, name: string): KubeObject | undefined {
  return view.live.get(idAt(view, kind, name));
}

/** Objects as last seen: those observed, over them what the server answered in this pass. */
function liveAfter({ observed, outcome }: StatusInput): Map<string, KubeObject> {
  const live = new Map(observed.owned.map((object) => [idOf(object), object]));
  for (const result of outcome.objects) {
    if ('live' in result && result.live) live.set(objectId(result), result.live);
  }
  return live;
}

export function viewOf(input: StatusInput): StatusView {
  const { observed, plan, outcome } = input;
  const { instance, resolution } = observed;
  const delivering = resolution.ok && plan.hold === undefined && !plan.isEnding;
  return {
    ...input,
    instance,
    generation: instance.metadata.generation ?? 0,
    previous: instance.status ?? {},
    ...(delivering && { wanted: plan.manifests }),
    live: liveAfter(input),
    results: new Map(outcome.objects.map((result) => [objectId(result), result])),
  };
}
