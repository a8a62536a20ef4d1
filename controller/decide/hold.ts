import type { Manifest } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { idOf, refOf, refText } from '../../constructs/wire/object-ref';
import type { Hold } from '../lifecycle/machine';
import type { KubeObject } from '../objects/objects';
import { isOurs } from '../objects/ownership';
import { isAppliedByUs } from '../objects/writers';
import { DELIVERY, type Delivery, type Observed } from '../observe/observed';
import { unrenderedKeepers } from './unrendered';

/** The longest text of a user that a message repeats. */
const LONGEST_QUOTE = 40;

/** Why nothing may be delivered although the spec is good: nobody knows how, an administrator locked it, or it would change hands. */
export function deliveryHold(
  { instance, wantedDelivery, unknownDelivery, lockedDelivery }: Observed,
  delivery: Delivery,
): Hold | undefined {
  if (unknownDelivery !== undefined) {
    const asked = JSON.stringify(unknownDelivery.slice(0, LONGEST_QUOTE));
    return { reason: 'DeliveryUnknown', message: `the annotation ${DELIVERY} is ${asked}: use "apply" or "git"` };
  }
  // A lock is on the choice: what was chosen before it goes on.
  if (lockedDelivery !== undefined && instance.status?.delivery === undefined) {
    const message = `an administrator does not let this namespace be delivered by "${lockedDelivery}": change the annotation ${DELIVERY}`;
    return { reason: 'DeliveryLocked', message };
  }
  if (delivery === wantedDelivery) return undefined;
  const message = `delivered by "${delivery}" and now asked for "${wantedDelivery}": a live instance cannot change hands yet; set it back`;
  return { reason: 'DeliveryChange', message };
}

/** Why these manifests may not be delivered: something live would be lost, or is another instance's. */
export function lossHold(manifests: readonly Manifest[], observed: Observed): Hold | undefined {
  return meetingHold(manifests, observed) ?? templatesHold(manifests, observed) ?? featureHold(observed);
}

/** Names are derived, so two instances may need the same one. The one that came first has it. */
function meetingHold(manifests: readonly Manifest[], { instance, namesakes = [] }: Observed): Hold | undefined {
  const wanted = new Set(manifests.map(idOf));
  const met = namesakes.find(({ object }) => wanted.has(idOf(object)));
  if (met === undefined) return undefined;
  const { namespace, name } = instance.metadata;
  const what = refText(refOf(met.object), namespace);
  const message = `${what} is an object of OpenClawInstance ${met.holder.name}, and ${name} needs one of that name too: rename one of the two instances`;
  return { reason: 'NameTaken', message };
}

/** The StatefulSet that runs and that we have never applied. */
function inherited({ owned, instance }: Observed): KubeObject | undefined {
  const found = owned.find(({ kind, metadata }) => kind === kinds.statefulSet.kind && metadata.name === instance.metadata.name);
  return found && isOurs(found, instance) && !isAppliedByUs(found) ? found : undefined;
}

interface Templates {
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

function templatesOf(object: KubeObject | Manifest | undefined): string[] {
  const { volumeClaimTemplates = [] } = (object?.['spec'] ?? {}) as Templates;
  return volumeClaimTemplates.map(({ metadata }) => metadata.name);
}

/** The data of such pods lies in claims of their own; a StatefulSet without the templates would begin with an empty one. */
function templatesHold(manifests: readonly Manifest[], observed: Observed): Hold | undefined {
  const live = inherited(observed);
  const known = templatesOf(manifests.find(({ kind }) => kind === kinds.statefulSet.kind));
  const [lost] = templatesOf(live).filter((name) => !known.includes(name));
  if (live === undefined || lost === undefined) return undefined;
  const { name } = live.metadata;
  const message = `the data lies in the claims that StatefulSet ${name} makes for its pods (${lost}-${name}-0): nothing is changed; copy it to claim ${name}-data, delete the StatefulSet with --cascade=orphan, and this goes on`;
  return { reason: 'ClaimTemplates', message };
}

/** A predecessor rendered more than we do. Without it the pod would run and not be the same. */
function featureHold(observed: Observed): Hold | undefined {
  const { instance, parts } = observed;
  const [lost] = unrenderedKeepers(instance.spec ?? {}, parts);
  const live = inherited(observed);
  if (live === undefined || lost === undefined) return undefined;
  const message = `spec.${lost.path} is not rendered by this version, and StatefulSet ${live.metadata.name} runs with it: nothing is changed, for ${lost.what} would be lost; take spec.${lost.path} out to go on without it`;
  return { reason: 'FeatureNotRendered', message };
}
