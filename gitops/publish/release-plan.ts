/** What a commit would change in the cluster, object by object: the text of a commit message and of a pull request. */
import type { Manifest, ManifestSet } from '../../constructs';
import { type Plan, planOf } from '../../constructs/review/plan';
import { sortManifests } from '../../constructs/wire/manifest';
import { isManifestFile, isOfInstance, manifestsIn } from '../layout/manifests-in';
import type { PublishRequest } from './publish';
import type { TreeStore } from './tree-store';
import type { Inspection } from './tree-draft';

/** A wish, and how the files on the branch differ from it. */
export interface Differing {
  readonly request: PublishRequest;
  readonly inspection: Pick<Inspection, 'changes'>;
}

interface Sides {
  readonly before?: ManifestSet;
  readonly after?: ManifestSet;
  /** Objects whose files do not change. They are not read. */
  readonly unchanged: number;
}

/** The plans of a few wishes against one commit, from one look at the files that change. */
export class ReleasePlans {
  private constructor(private readonly sides: ReadonlyMap<PublishRequest, Sides>) {}

  /** @param base a commit that is here; `undefined` where the branch is yet to be made */
  public static async of(repository: TreeStore, base: string | undefined, differing: readonly Differing[]): Promise<ReleasePlans> {
    const paths = differing.flatMap(({ request: { placement }, inspection: { changes } }) =>
      changes.filter(({ id, action }) => action !== 'created' && isManifestFile(id, placement)).map(({ id }) => id),
    );
    const texts = base === undefined || paths.length === 0 ? new Map<string, string>() : await repository.textsAt(base, paths);
    return new ReleasePlans(new Map(differing.map((one) => [one.request, sidesOf(one, texts)])));
  }

  /** What all of these wishes change together; those of others are left out. */
  public of(...requests: readonly PublishRequest[]): Plan {
    const sides = requests.flatMap((request) => this.sides.get(request) ?? []);
    const plan = planOf(
      sides.flatMap(({ before }) => before ?? []),
      sides.flatMap(({ after }) => after ?? []),
    );
    const unchanged = new Map(
      sides.flatMap(({ before, after, unchanged: count }) => [before, after].flatMap((set) => (set ? [[keyOf(set), count] as const] : []))),
    );
    return {
      ...plan,
      unchanged: 0,
      instances: plan.instances.map((instance) => ({ ...instance, unchanged: instance.unchanged + (unchanged.get(keyOf(instance)) ?? 0) })),
    };
  }
}

function keyOf({ namespace, name }: { readonly namespace?: string | undefined; readonly name: string }): string {
  return `${namespace ?? ''}/${name}`;
}

function sidesOf({ request: { placement, layout }, inspection: { changes } }: Differing, texts: ReadonlyMap<string, string>): Sides {
  const { namespace, name } = placement;
  const changed = new Set(changes.map(({ id }) => id));
  const wanted = (layout?.files ?? []).filter(({ path, source }) => source !== undefined && isManifestFile(path, placement));
  const objects = wanted.filter(({ source }) => isOfInstance(source as Manifest, placement));
  const after = objects.filter(({ path }) => changed.has(path)).map(({ source }) => source as Manifest);
  const before = changes.flatMap(({ id }) =>
    texts.has(id) && isManifestFile(id, placement) ? manifestsIn(texts.get(id) ?? '', placement) : [],
  );
  const unchanged = objects.length - after.length;
  // An instance that is there on both sides is one that changes, even if all that changes comes or goes.
  const isThere = before.length > 0 || unchanged > 0;
  return {
    unchanged,
    ...(isThere && { before: { namespace, name, manifests: sortManifests(before) } }),
    ...(objects.length > 0 && { after: { namespace, name, manifests: sortManifests(after) } }),
  };
}
