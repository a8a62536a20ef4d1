import type { Manifest } from '../../constructs';
import { kibibytes } from '../../constructs/wire/kibibytes';
import type { KubeObject } from './objects';

interface ClaimSpec {
  readonly storageClassName?: string;
  readonly resources: { readonly requests: { readonly storage: string | number } };
}

/**
 * The spec to send for a claim that is there already. A claim grows and never shrinks. Its class is fixed once it is chosen: where the
 * instance names none, the one that it has is named, since leaving out a field that we once set would ask to take it away.
 */
export function liveClaimSpec(manifest: Manifest, live: KubeObject): unknown {
  const wanted = manifest['spec'] as ClaimSpec;
  const present = (live['spec'] ?? {}) as Partial<ClaimSpec>;
  const { storageClassName = present.storageClassName } = wanted;
  const requests = {
    ...wanted.resources.requests,
    storage: larger(wanted.resources.requests.storage, present.resources?.requests.storage),
  };
  return { ...wanted, ...(storageClassName !== undefined && { storageClassName }), resources: { ...wanted.resources, requests } };
}

function larger(wanted: string | number, present: string | number | undefined): string | number {
  return present === undefined || kibibytes(present) <= kibibytes(wanted) ? wanted : present;
}
