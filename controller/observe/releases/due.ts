import { createHash } from 'node:crypto';
import type { Instance } from '../../../constructs';
import { imageReference } from '../../../constructs/wire/image';
import { parseStrictDuration } from '../../../constructs/schema/go-duration';
import type { LiveInstance } from '../../objects/objects';
import type { ReleaseQuestion } from './release-source';

const NANOSECONDS_A_MILLISECOND = 1_000_000n;

/** Milliseconds of a duration that a rule of the CRD has looked at. */
export function milliseconds(duration: string, otherwise: number): number {
  const nanoseconds = parseStrictDuration(duration);
  return nanoseconds === undefined ? otherwise : Number(nanoseconds / NANOSECONDS_A_MILLISECOND);
}

/** A number from 0 up to 1 that an instance has for all its life, so that a fleet does nothing all at once. */
export function shareOf({ metadata: { uid } }: Pick<LiveInstance, 'metadata'>): number {
  return createHash('sha256').update(uid).digest().readUInt32BE(0) / 2 ** 32;
}

const DAY_MS = 24 * 60 * 60_000;

/** When the registry is to be asked, in milliseconds: a tenth of the interval sooner or later than it says. */
export function dueAt(live: LiveInstance, { spec }: Pick<Instance, 'spec'>): number {
  const last = Date.parse(live.status?.autoUpdate?.lastCheckTime ?? '');
  if (Number.isNaN(last)) return -Infinity;
  return last + milliseconds(spec.autoUpdate.checkInterval, DAY_MS) * (0.9 + 0.2 * shareOf(live));
}

/** Whether an instance follows releases at all. One that is pinned by digest stays what it is. */
export function followsReleases({ spec }: Pick<Instance, 'spec'>): boolean {
  return spec.autoUpdate.enabled && !spec.image.digest;
}

/** What is to be asked for an instance now; `undefined` where nothing is. */
export function releaseQuestion(live: LiveInstance, instance: Instance, now: Date): ReleaseQuestion | undefined {
  const isBusy = live.status?.autoUpdate?.pendingVersion !== undefined || live.metadata.deletionTimestamp !== undefined;
  if (isBusy || !followsReleases(instance) || now.getTime() < dueAt(live, instance)) return undefined;
  const { image, registry } = instance.spec;
  const pullSecrets = (image.pullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
  return { image: imageReference(image, registry), namespace: live.metadata.namespace, pullSecrets };
}
