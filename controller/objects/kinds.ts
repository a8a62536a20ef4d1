import type { Part } from '../../constructs';
import { parts as registeredParts } from '../../constructs/parts';
import { type Kind, kinds } from '../../constructs/wire/kinds';
import { type Identified, type ObjectRef, refOf } from '../../constructs/wire/object-ref';

export type { Kind } from '../../constructs/wire/kinds';

export const instances: Kind = {
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawInstance',
  plural: 'openclawinstances',
  namespaced: true,
};
export const clusterDefaults: Kind = {
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawClusterDefaults',
  plural: 'openclawclusterdefaults',
  namespaced: false,
};
export const selfConfigs: Kind = {
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawSelfConfig',
  plural: 'openclawselfconfigs',
  namespaced: true,
};
export const { secret: secrets, configMap: configMaps, claim: claims, statefulSet: statefulSets, job: jobs } = kinds;
export const pods: Kind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
export const events: Kind = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
export const namespaces: Kind = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

/** What engines deliver from Git by. They are read alone, and only where something is waited for. */
export const fluxKustomizations: Kind = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
  namespaced: true,
};
export const argoApplications: Kind = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  plural: 'applications',
  namespaced: true,
};

/** What the controller makes by itself: generated Secrets, the markers of Git mode, and Jobs. */
export const ownKinds: readonly Kind[] = [secrets, configMaps, jobs];

/**
 * Every kind that these parts emit, or emitted once, in the order of application; those that a cluster may lack come last. The inventory of an instance is
 * looked for among them: a kind that no part emits any more has to stay in the `emits` of one, or its objects would be left behind.
 */
export function kindsOf(parts: readonly Part[]): Kind[] {
  const found = new Map(
    [...ownKinds, ...parts.flatMap(({ emits = [], retired = [] }) => [...emits, ...retired])].map((kind) => [kindId(kind), kind]),
  );
  const known = Object.values<Kind>(kinds).filter((kind) => found.has(kindId(kind)));
  const others = [...found.values()].filter((kind) => !known.includes(kind));
  return [...known, ...others].toSorted((a, b) => Number(a.optional ?? false) - Number(b.optional ?? false));
}

/** Kinds that are only stopped and removed. */
export const retiredKinds: ReadonlySet<Kind> = new Set(registeredParts.flatMap(({ retired = [] }) => retired));

/** Those of the registered parts. */
export const emittedKinds: readonly Kind[] = kindsOf(registeredParts);

/** The path of a collection, or of one object in it. */
export function resourcePath({ apiVersion, plural, namespaced: inNamespace }: Kind, namespace?: string, name?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = inNamespace && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

type KindName = Pick<Kind, 'apiVersion' | 'kind'>;

/** `apps/v1/StatefulSet`. */
export function kindId({ apiVersion, kind }: KindName): string {
  return `${apiVersion}/${kind}`;
}

/** Finds kinds by their name. */
export class KindTable {
  private readonly byName: ReadonlyMap<string, Kind>;

  /** @param emitted see {@link kindsOf} */
  public constructor(public readonly emitted: readonly Kind[]) {
    const all = [...emitted, instances, clusterDefaults, pods, events, namespaces];
    this.byName = new Map(all.map((kind) => [kindId(kind), kind]));
  }

  /** The kind of an object that we make or read. Throws for any other one: it would be a mistake of ours. */
  public of(object: KindName): Kind {
    const found = this.byName.get(kindId(object));
    if (found === undefined)
      throw new Error(`kind ${object.apiVersion} ${object.kind} is not in the table of kinds: a part has to emit it`);
    return found;
  }

  /** Where an object belongs: one that names no namespace goes to `home`, unless its kind has none. */
  public placeOf(object: Identified, home: string): ObjectRef {
    const { namespace = home, ...ref } = refOf(object);
    return this.of(object).namespaced ? { ...ref, namespace } : ref;
  }
}

/** The kinds of the registered parts. */
export const registeredKinds = new KindTable(emittedKinds);

/** The same as {@link KindTable.of}, among the registered kinds. */
export function kindOf(object: KindName): Kind {
  return registeredKinds.of(object);
}
