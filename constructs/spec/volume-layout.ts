import type { ResolvedOpenClawInstanceSpec } from '../../imports/types';

/**
 * Where the agent's state is on the data volume.
 *
 * - `subfolder`: in a folder that belongs to the agent's user. What an older layout left in the root is moved there.
 * - `root`: in the root, where what was moved before is moved back.
 * - `untouched`: in the root, where nothing is moved, since others may use the volume too.
 */
export type VolumeLayout = 'subfolder' | 'root' | 'untouched';

/** What the annotation `openclaw.rocks/volume-layout` may say. */
export const statedLayouts: readonly string[] = ['subfolder', 'root'] satisfies readonly VolumeLayout[];

/** @param stated the annotation; anything that it may not say counts as nothing */
export function volumeLayoutOf({ storage }: Pick<ResolvedOpenClawInstanceSpec, 'storage'>, stated: string | undefined): VolumeLayout {
  if (stated === 'subfolder' || stated === 'root') return stated;
  const { enabled, existingClaim } = storage.persistence;
  return enabled && existingClaim !== undefined ? 'untouched' : 'subfolder';
}
