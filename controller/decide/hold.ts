import type { Manifest } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { podClaimName, volumes } from '../../constructs/wire/names';
import { idOf, refOf, refText } from '../../constructs/wire/object-ref';
import type { Hold } from '../lifecycle/machine';
import type { KubeObject } from '../objects/objects';
import { isOurs } from '../objects/ownership';
import { isAppliedByEngine, isAppliedByUs } from '../objects/writers';
import { DELIVERY, type Delivery, type Observed, handOverOf } from '../observe/observed';
import { isFromGit } from './hand-over';
import { unrenderedKeepers } from './unrendered';

/** On an instance: the claim to which its data was brought, so that pods may begin with it. */
const DATA_CLAIM = 'openclaw.rocks/data-claim';

/** The longest text of a user that a message repeats. */
const LONGEST_QUOTE = 40;

/** Why nothing may be delivered although the spec is good: nobody knows how, an administrator locked it, or it would change hands. */
export function deliveryHold(observed: Observed, delivery: Delivery): Hold | undefined {
  const { wantedDelivery, unknownDelivery, lockedDelivery } = observed;
  if (unknownDelivery !== undefined) {
    const asked = JSON.stringify(unknownDelivery.slice(0, LONGEST_QUOTE));
    return { reason: 'DeliveryUnknown', message: `the annotation ${DELIVERY} is ${asked}: use "apply" or "git"` };
  }
  // A lock is on the choice: what was chosen before it goes on.
  if (lockedDelivery !== undefined && !isDeliveredBy(lockedDelivery, observed)) {
    const message = `an administrator does not let this namespace be delivered by "${lockedDelivery}": change the annotation ${DELIVERY}`;
    return { reason: 'DeliveryLocked', message };
  }
  if (delivery === wantedDelivery || handOverOf(observed) !== undefined) return undefined;
  const message = `delivered by "${delivery}", and the controller's setting is "${wantedDelivery}": set it back, or have the instance change hands by its annotation ${DELIVERY}`;
  return { reason: 'DeliveryChange', message };
}

/** Whether it is so in the cluster too: whoever may write the status may say there that it was chosen before. */
function isDeliveredBy(delivery: Delivery, observed: Observed): boolean {
  const { instance, owned } = observed;
  if (instance.status?.delivery !== delivery) return false;
  return delivery === 'apply' ? owned.some(isAppliedByUs) : isFromGit(observed) || owned.some(isAppliedByEngine);
}

/** Why these manifests may not be delivered: something live would be lost, or is another instance's. */
export function lossHold(manifests: readonly Manifest[], observed: Observed): Hold | undefined {
  return meetingHold(manifests, observed) ?? featureHold(observed) ?? templatesHold(manifests, observed);
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

interface Workload {
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  readonly template?: {
    readonly spec?: {
      readonly volumes?: readonly { readonly name: string; readonly persistentVolumeClaim?: { readonly claimName: string } }[];
    };
  };
}

/** The claim with the data of a StatefulSet's first pod; `undefined` where nothing is kept. */
function dataClaimOf(object: KubeObject | Manifest): string | undefined {
  const { volumeClaimTemplates = [], template } = (object['spec'] ?? {}) as Workload;
  if (volumeClaimTemplates.some(({ metadata }) => metadata.name === volumes.data))
    return podClaimName(volumes.data, object.metadata.name, 0);
  return template?.spec?.volumes?.find(({ name }) => name === volumes.data)?.persistentVolumeClaim?.claimName;
}

function hasTemplates(object: KubeObject | Manifest): boolean {
  return (((object['spec'] ?? {}) as Workload).volumeClaimTemplates ?? []).length > 0;
}

/**
 * With an autoscaler each pod has a claim of its own, without one there is one claim. Who switches it on or off would find an empty volume, so
 * nothing changes until somebody says that the data has been brought along.
 */
function templatesHold(manifests: readonly Manifest[], { owned, instance }: Observed): Hold | undefined {
  const { kind } = kinds.statefulSet;
  const live = owned.find((object) => object.kind === kind && object.metadata.name === instance.metadata.name && isOurs(object, instance));
  const wanted = manifests.find((manifest) => manifest.kind === kind);
  if (live === undefined || wanted === undefined || hasTemplates(live) === hasTemplates(wanted)) return undefined;
  const [from, to] = [dataClaimOf(live), dataClaimOf(wanted)];
  if (from === undefined || to === undefined || from === to || instance.metadata.annotations?.[DATA_CLAIM] === to) return undefined;
  const { namespace, name } = instance.metadata;
  const done = `kubectl -n ${namespace} annotate openclawinstance ${name} --overwrite ${DATA_CLAIM}=${to}`;
  const message = `the data is in claim ${from} and the pods would begin with claim ${to}: nothing is changed; stop the pods, copy the data to a claim of that name, then go on with: ${done}`;
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
