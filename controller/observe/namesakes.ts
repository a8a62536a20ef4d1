import { MANAGED_BY, labels, objectNames } from '../../constructs/wire/names';
import { type KubeObject, type LiveInstance, keyText } from '../objects/objects';
import { controllerOf } from '../objects/ownership';
import type { Caches } from './caches';
import type { Observed } from './observed';

/** Every name that an object of an instance may have. */
function derivedNames(name: string): ReadonlySet<string> {
  return new Set(Object.values(objectNames).map((nameOf) => nameOf(name)));
}

/** Whether one of us made an object whose labels no longer say for whom: an engine has written its own value there. */
function isAstray({ metadata }: KubeObject): boolean {
  return metadata.labels?.[labels.managedBy] === MANAGED_BY && metadata.labels[labels.ownName] === undefined;
}

/**
 * The live objects of an instance: by owner, by label, and by name where the label is not ours. And what stands under its names and is another
 * live instance's: `x-chromium-data` is the browser profile of `x`, and the data of `x-chromium`.
 */
export function inventoryOf(caches: Caches, instance: LiveInstance): Required<Pick<Observed, 'owned' | 'namesakes'>> {
  const { namespace, name } = instance.metadata;
  const found = caches.ownedBy(instance);
  const known = new Set(found);
  const others = caches
    .named(namespace, derivedNames(name))
    .filter((object) => !known.has(object))
    .map((object) => ({ object, holder: caches.holderOf(object) }));
  const astray = others.filter(({ object, holder }) => holder === undefined && isAstray(object) && controllerOf(object) === undefined);
  const namesakes = others.flatMap(({ object, holder }) =>
    holder && keyText(holder) !== keyText(instance.metadata) ? [{ object, holder }] : [],
  );
  return { owned: [...found, ...astray.map(({ object }) => object)], namesakes };
}
