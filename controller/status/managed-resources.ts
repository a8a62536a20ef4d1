import type { Kind, OpenClawInstanceStatus } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { idOf, objectId } from '../../constructs/wire/object-ref';
import { kindId, retiredKinds } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import { isOurs } from '../objects/ownership';
import { podClaims } from './conditions/storage-ready';
import { type StatusView, idAt } from './status-input';

type ManagedResources = NonNullable<OpenClawInstanceStatus['managedResources']>;

/** A Secret of our own making. One that the user brings is not managed. */
function isMadeByUs(view: StatusView, name: string): boolean {
  const { plan, observed, outcome } = view;
  if (!plan.keep.has(idAt(view, kinds.secret, name))) return false;
  return observed.secrets.has(name) || outcome.secrets.some((secret) => secret.name === name && secret.action !== 'failed');
}

function isPruned({ outcome }: StatusView, object: KubeObject): boolean {
  return outcome.pruned.some((ref) => objectId(ref) === idOf(object));
}

/** Whether an object of the instance is there: one that was delivered, a Secret of our own making, a claim of a pod, or one that the user brings. */
function isPresent(view: StatusView, kind: Kind, name: string): boolean {
  const { wanted = [], live, observed } = view;
  if (kind === kinds.secret) return isMadeByUs(view, name);
  const isIt = (object: Parameters<typeof idOf>[0]): boolean => kindId(object) === kindId(kind) && object.metadata.name === name;
  if (retiredKinds.has(kind))
    return observed.owned.some((object) => isIt(object) && isOurs(object, view.instance) && !isPruned(view, object));
  if (kind === kinds.claim && podClaims(view).includes(name)) return true;
  return wanted.some((manifest) => isIt(manifest) && live.has(idOf(manifest))) || observed.claims.some(isIt);
}

/**
 * Names of what the spec asks for and what is there, as the parts that make it declare them. A name goes with its feature. While nothing is
 * delivered nothing is touched, so the names stay as they were.
 */
export function managedResources(view: StatusView): ManagedResources | undefined {
  const { wanted, previous, plan, observed } = view;
  if (!wanted || !observed.resolution.ok) return previous.managedResources;
  const names: ManagedResources = {};
  for (const { field, kind, nameOf } of plan.managed) {
    const name = nameOf(observed.resolution.instance);
    if (name !== undefined && isPresent(view, kind, name)) names[field] = name;
  }
  return Object.keys(names).length > 0 ? names : undefined;
}
