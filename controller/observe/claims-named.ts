import { isObject } from '../../constructs/spec/json';
import type { LiveInstance } from '../objects/objects';

/** The fields that name a claim, wherever they stand in a spec. */
const FIELDS: ReadonlySet<string> = new Set(['existingClaim', 'claimName']);

/** `spec.extraVolumes[].persistentVolumeClaim.claimName` is the deepest of them. What lies deeper may be anything, as deep as the server takes it. */
const DEEPEST = 6;

/** The names of all claims that instances name which stay. Read from specs as they were written: one that does not resolve has its data all the same. */
export function claimsNamedBy(instances: readonly LiveInstance[]): ReadonlySet<string> {
  const staying = instances.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return new Set(staying.flatMap(({ spec }) => namesIn(spec, DEEPEST)));
}

function namesIn(value: unknown, levels: number): string[] {
  if (levels === 0) return [];
  if (Array.isArray(value)) return value.flatMap((item) => namesIn(item, levels - 1));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    FIELDS.has(key) && typeof inner === 'string' ? [inner] : namesIn(inner, levels - 1),
  );
}
