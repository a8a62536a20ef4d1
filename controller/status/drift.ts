import type { Manifest } from '../../constructs';
import { refOf, refText } from '../../constructs/wire/object-ref';
import { withoutScaledReplicas } from '../decide/take-over';
import type { Observed } from '../observe/observed';
import type { KubeObject } from '../objects/objects';
import { isClaim } from '../objects/ownership';
import { alteredFields, listOfPaths } from './altered-fields';

/**
 * The objects of a release that somebody changed after an engine had applied them, each in words with the paths. Claims are left out: they keep
 * what cannot change. So are replicas that an autoscaler sets, and what is missing.
 *
 * @param home the namespace of the instance, which needs no name
 */
export function drift(
  manifests: readonly Manifest[],
  { owned, home }: Pick<Observed, 'owned'> & { readonly home: string },
  liveOf: (manifest: Manifest) => KubeObject | undefined,
): string[] {
  return manifests.flatMap((manifest) => {
    const live = liveOf(manifest);
    if (live === undefined || isClaim(manifest)) return [];
    const paths = alteredFields(withoutScaledReplicas(manifest, { owned }), live);
    return paths.length === 0 ? [] : [`${refText(refOf(manifest), home)} has another ${listOfPaths(paths)}`];
  });
}
