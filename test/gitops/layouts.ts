import type { ManifestSet } from '../../constructs';
import { idOf } from '../../constructs/wire/object-ref';
import { type InstanceLayout, type LayoutOptions, layout, ownedPaths } from '../../gitops/layout/layout';
import type { Replacement } from '../../gitops/publish/tree-draft';
import { type Modifier, anInstance, rendered } from '../builders';

export const OWNER = '2f6e2a0c-6a07-4b6c-9a53-6f7b3f0c2f11';
export const OPTIONS: LayoutOptions = { cluster: 'prod-eu', owner: OWNER };

/** The manifest set of a small instance in namespace `team-a`. */
export function aSet(name = 'alice', ...modifiers: readonly Modifier[]): ManifestSet {
  return { name, namespace: 'team-a', manifests: rendered(anInstance(name, ...modifiers)).manifests };
}

export function aLayout(set: ManifestSet = aSet(), options: Partial<LayoutOptions> = {}): InstanceLayout {
  return layout(set, { ...OPTIONS, ...options });
}

/** What a delivery adds: the hash of the Secrets, on the pods. */
export function withHash({ manifests }: ManifestSet, hash: string): Pick<LayoutOptions, 'additions'> {
  const pods = manifests.filter(({ kind }) => kind === 'StatefulSet');
  return { additions: new Map(pods.map((manifest) => [idOf(manifest), { podAnnotations: { 'openclaw.rocks/secret-hash': hash } }])) };
}

export function replacementOf({ placement, directory, files }: InstanceLayout, owner = OWNER): Replacement {
  return { directory, beside: ownedPaths(placement).beside, files, owner };
}

export function removalOf({ placement }: InstanceLayout, owner = OWNER): Replacement {
  return { ...ownedPaths(placement), files: [], owner };
}
