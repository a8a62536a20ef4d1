import type { Reference } from '../../constructs';
import type { MakeSecret, Preparation } from '../lifecycle/step';
import { hasFinalizer, isClaim } from '../objects/ownership';
import type { Observed } from '../observe/observed';

/** Secrets of our own making: new ones, those that lost a key, and those that lost their owner. */
function secretSteps(references: readonly Reference[], { secrets, instance }: Observed): MakeSecret[] {
  return references.flatMap(({ name, generate }): MakeSecret[] => {
    if (generate === undefined) return [];
    const live = secrets.get(name);
    const missing = Object.keys(generate.keys).filter((key) => !live?.keys.includes(key));
    // One without keys is made empty: a program fills it.
    // One that an earlier instance of the name let go is to go with this one.
    if (live && missing.length === 0 && live.letGoBy !== instance.metadata.name) return [];
    return [{ step: 'make-secret', name, recipe: generate, missing, ...(live && { uid: live.uid }) }];
  });
}

/** Owner references on claims come from older operators. They are taken off on sight: the collector deletes what is owned. */
function disownSteps({ owned, instance }: Observed): Preparation[] {
  const isOwned = (uids: readonly { readonly uid: string }[] = []): boolean => uids.some(({ uid }) => uid === instance.metadata.uid);
  return owned
    .filter((object) => isClaim(object) && isOwned(object.metadata.ownerReferences))
    .map((claim) => ({ step: 'disown-claim', claim }));
}

/**
 * What comes before the plan: the finalizer, claims that nobody may own, and Secrets of ours, since their content decides whether a pod has to be
 * replaced. Pure. An instance that is on its way out, or whose namespace is, gets nothing new.
 */
export function prepare(observed: Observed): Preparation[] {
  const { instance, resolution, namespaceTerminating } = observed;
  const disown = disownSteps(observed);
  if (instance.metadata.deletionTimestamp !== undefined || namespaceTerminating) return disown;
  const finalizer: Preparation[] = hasFinalizer(instance) ? [] : [{ step: 'add-finalizer' }];
  return [...finalizer, ...disown, ...(resolution.ok ? secretSteps(resolution.references, observed) : [])];
}
