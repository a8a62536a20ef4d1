import { type Instance, type Manifest, type Reference, render } from '../../constructs';
import { decideDeletion } from '../lifecycle/deletion';
import { type KubeObject, type LiveInstance, objectId } from '../objects/objects';
import { isClaim, isOurs } from '../objects/ownership';
import { DELIVERY, type Delivery, type Observed } from '../observe/observed';
import type { Plan, SecretStep } from './plan';
import { secretHash, withSecretHash } from './rollout';

export const FINALIZER = 'openclaw.rocks/finalizer';

/** One resolution is rendered once; passes over an unchanged instance cost a look-up. */
const renders = new WeakMap<Instance, Manifest[]>();

function manifestsOf(instance: Instance): Manifest[] {
  let manifests = renders.get(instance);
  if (manifests === undefined) renders.set(instance, (manifests = render(instance)));
  return manifests;
}

/** Secrets of our own making: new ones, and those that lost a key. */
function secretSteps(references: readonly Reference[], { secrets }: Observed): SecretStep[] {
  return references.flatMap(({ name, generate }): SecretStep[] => {
    if (generate === undefined) return [];
    const live = secrets.get(name);
    const missing = Object.keys(generate.keys).filter((key) => !live?.keys.includes(key));
    return missing.length === 0 ? [] : [{ name, recipe: generate, missing, ...(live && { uid: live.uid }) }];
  });
}

function isMissing({ kind, name, keys, generate }: Reference, { secrets, present }: Observed): boolean {
  if (generate !== undefined) return false;
  if (kind !== 'Secret') return !present.has(`${kind}/${name}`);
  const live = secrets.get(name);
  return live === undefined || keys.some((key) => !live.keys.includes(key));
}

/** Owner references on claims come from older operators. They are taken off on sight: the collector deletes what is owned. */
function ownedClaims({ owned, instance }: Observed): KubeObject[] {
  return owned.filter((object) => isClaim(object) && object.metadata.ownerReferences?.some(({ uid }) => uid === instance.metadata.uid));
}

/** Live objects that no manifest asks for any more. Claims hold data and are never among them. */
export function pruned(
  manifests: readonly Manifest[],
  keep: ReadonlySet<string>,
  { owned, instance }: Pick<Observed, 'owned' | 'instance'>,
): KubeObject[] {
  const wanted = new Set(manifests.map(objectId));
  return owned.filter(
    (object) =>
      isOurs(object, instance) &&
      !isClaim(object) &&
      object.metadata.deletionTimestamp === undefined &&
      !wanted.has(objectId(object)) &&
      !keep.has(`${object.kind}/${object.metadata.name}`),
  );
}

function deliveryOf({ instance, wantedDelivery }: Observed): Delivery {
  return instance.status?.delivery ?? wantedDelivery;
}

/** The longest text of a user that a message repeats. */
const LONGEST_QUOTE = 40;

/** Why nothing may be delivered although the spec is good. */
function holdFor({ wantedDelivery, unknownDelivery }: Observed, delivery: Delivery): Plan['hold'] {
  if (unknownDelivery !== undefined) {
    const asked = JSON.stringify(unknownDelivery.slice(0, LONGEST_QUOTE));
    return { reason: 'DeliveryUnknown', message: `the annotation ${DELIVERY} is ${asked}: use "apply" or "git"` };
  }
  if (delivery === wantedDelivery) return undefined;
  const message = `delivered by "${delivery}" and now asked for "${wantedDelivery}": a live instance cannot change hands yet; set it back`;
  return { reason: 'DeliveryChange', message };
}

const NOTHING = { secrets: [], manifests: [], keep: new Set<string>(), prune: [], references: [], missing: [] };

function hasFinalizer({ metadata }: LiveInstance): boolean {
  return metadata.finalizers?.includes(FINALIZER) ?? false;
}

/**
 * What to do about one instance. Pure: the same observation gives the same plan.
 *
 * Deletion comes first, so that an instance whose spec no longer resolves can still be deleted. An invalid spec delivers nothing and prunes
 * nothing: the pods of the last good one keep running.
 */
export function decide(observed: Observed): Plan {
  const { instance, resolution } = observed;
  const delivery = deliveryOf(observed);
  const disown = ownedClaims(observed);
  const deletion = decideDeletion(observed, delivery, hasFinalizer(instance));
  if (deletion) return { ...NOTHING, delivery, addFinalizer: false, disown, deletion };

  const common = { delivery, addFinalizer: !hasFinalizer(instance), disown };
  if (observed.namespaceTerminating) {
    return {
      ...NOTHING,
      ...common,
      addFinalizer: false,
      hold: { reason: 'NamespaceTerminating', message: 'the namespace is being deleted' },
    };
  }
  if (!resolution.ok) return { ...NOTHING, ...common };
  const { references } = resolution;
  const missing = references.filter((reference) => isMissing(reference, observed));
  const keep = new Set(references.filter(({ generate }) => generate).map(({ name }) => `Secret/${name}`));
  const steps = { ...common, secrets: secretSteps(references, observed), keep, references, missing };
  const hold = holdFor(observed, delivery);
  if (hold) return { ...NOTHING, ...steps, hold };
  const hash = secretHash(resolution, observed);
  const rendered = manifestsOf(resolution.instance);
  const manifests = delivery === 'git' ? rendered : withSecretHash(rendered, hash);
  return { ...steps, manifests, secretHash: hash, prune: delivery === 'apply' ? pruned(manifests, keep, observed) : [] };
}
