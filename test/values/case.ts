import type { JsonObject } from '../../constructs/spec/json';

/** One of the server's rules of values: a spec that breaks it, and one that just does not. */
export interface ValueCase {
  /** The rule that tells of it. */
  readonly rule: string;
  /** What must hold, as docs/values.md has it. */
  readonly holds: string;
  readonly bad: JsonObject;
  readonly good: JsonObject;
  /** Where we say that `bad` is wrong. */
  readonly path: string;
  /** How the path ends where the server names it, or a part of its message where it names none. @default - as ours, below the fragment */
  readonly theirs?: string;
}

/** A container that passes the restricted level, so that nothing but the mistake is told. */
export const container: JsonObject = {
  name: 'side',
  image: 'example.com/side:1',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};

export const sidecar = (fields: JsonObject): JsonObject => ({ sidecars: [{ ...container, ...fields }] });

export const initContainer = (fields: JsonObject): JsonObject => ({ initContainers: [{ ...container, ...fields }] });

export const volume = (source: JsonObject): JsonObject => ({ extraVolumes: [{ name: 'extra', ...source }] });

export const egress = (rule: JsonObject): JsonObject => ({ security: { networkPolicy: { additionalEgress: [rule] } } });

/** The places of fragments in a spec: what follows them is the same in a manifest. */
const PLACES =
  /^spec\.(?:(?:sidecars|initContainers|sidecarVolumes|extraVolumes)\[\d+\]|availability|security\.networkPolicy\.additionalEgress\[\d+\]|security)\.?/;

/** How the server's path has to end. */
export function tailOf({ path, theirs }: ValueCase): string {
  return theirs ?? path.replace(PLACES, '');
}
