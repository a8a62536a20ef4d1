import type { Part } from '../../constructs';
import type { RoleRule } from '../../constructs/hosts/role';
import { parts as registeredParts } from '../../constructs/parts';
import { type Kind, kinds } from '../../constructs/wire/kinds';

/** Kinds that a repository never holds, whoever emits them: see `layout`. */
const NEVER: ReadonlySet<string> = new Set(['Secret', 'Job']);

export const INSTANCE: Kind = {
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawInstance',
  plural: 'openclawinstances',
  namespaced: true,
};

/**
 * What people write: instances, and the ConfigMaps that they refer to. Secrets come by other ways: an engine that may write those may read all of
 * them.
 */
export const writtenKinds: readonly Kind[] = [INSTANCE, kinds.configMap];

/**
 * The kinds that engines have to apply, each once, in the order of application: what parts emit, and the ConfigMaps that mark a release and a
 * deletion.
 *
 * @param parts whose kinds. @default - the registered ones
 */
export function deliveredKinds(parts: readonly Part[] = registeredParts): Kind[] {
  const emitted: readonly Kind[] = [kinds.configMap, ...parts.flatMap(({ emits = [] }) => emits)];
  const byId = new Map(emitted.filter(({ kind }) => !NEVER.has(kind)).map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind]));
  const order = Object.values<Kind>(kinds);
  const placeOf = ({ apiVersion, kind }: Kind): number => {
    const index = order.findIndex((one) => one.apiVersion === apiVersion && one.kind === kind);
    return index === -1 ? order.length : index;
  };
  return [...byId.values()].toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** What the Roles among them grant, beside rules of users: whoever makes a Role has to hold it. @param parts see `deliveredKinds` */
export function deliveredGrants(parts: readonly Part[] = registeredParts): RoleRule[] {
  return parts.flatMap(({ grants = [] }) => grants);
}

/** The group of a kind; that of the core is empty. */
export function groupOf({ apiVersion }: Pick<Kind, 'apiVersion'>): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
