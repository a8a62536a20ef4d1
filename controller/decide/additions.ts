import type { Manifest } from '../../constructs';
import { type Addition, type Additions, withAddition } from '../../constructs/wire/addition';
import { annotations, labels } from '../../constructs/wire/names';
import { idOf } from '../../constructs/wire/object-ref';
import type { LiveInstance } from '../objects/objects';
import { isClaim, isOutside } from '../objects/ownership';
import type { Delivery } from '../observe/observed';

/** What the additions of an instance are made of. */
interface AdditionSource {
  /** Its UID is asked for in apply mode alone. */
  readonly instance: Pick<LiveInstance, 'metadata'>;
  readonly delivery: Delivery;
  /** See `secretHash`. @default - it is not known, and no pod has one */
  readonly secretHash?: string | undefined;
}

/** A set of manifests with what a delivery adds to them. */
export interface RenderedRelease {
  readonly additions: Additions;
  /** The manifests with the additions in them: what an API server is sent. */
  readonly complete: readonly Manifest[];
}

/** The same manifests with the same additions are made once, so that whoever compares them need not look inside. */
const releases = new WeakMap<readonly Manifest[], { readonly key: string; readonly release: RenderedRelease }>();

/**
 * The one place that says what deliveries add to rendered manifests: labels by which the objects of an instance are found again, and the hash of
 * its Secrets. Apply sends them in the objects; Git writes them as patches beside the files.
 */
export function releaseOf(manifests: readonly Manifest[], source: AdditionSource): RenderedRelease {
  const { instance, delivery, secretHash } = source;
  const key = JSON.stringify([instance.metadata.uid, delivery, secretHash]);
  const known = releases.get(manifests);
  if (known?.key === key) return known.release;
  const additions = new Map(manifests.map((manifest) => [idOf(manifest), additionFor(manifest, source)]));
  const complete = manifests.map((manifest) => withAddition(manifest, additionFor(manifest, source)));
  const release = { additions, complete };
  releases.set(manifests, { key, release });
  return release;
}

function additionFor(manifest: Manifest, { instance, delivery, secretHash }: AdditionSource): Addition {
  const { name, namespace, uid } = instance.metadata;
  const own = {
    [labels.ownName]: name,
    ...(isOutside(manifest, instance) && { [labels.ownNamespace]: namespace }),
    // What has no owner. A UID belongs to one cluster and one life of the instance: in Git each would be a commit.
    ...(delivery === 'apply' && (isClaim(manifest) || isOutside(manifest, instance)) && { [labels.ownUid]: uid }),
  };
  return {
    labels: own,
    ...(manifest.kind === 'StatefulSet' && secretHash !== undefined && { podAnnotations: { [annotations.secretHash]: secretHash } }),
  };
}
