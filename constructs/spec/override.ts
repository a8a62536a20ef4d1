/**
 * Something that holds in place of what the user wrote, for a time: the image of an update, no pods while a backup runs. The spec stays as it
 * is; overrides stand in the status, and beside the files in Git, so that whoever renders the same spec with them gets the same bytes.
 */
export interface Override {
  /** `replicas`, or a field of the spec as a dotted path: `spec.image.tag`. */
  readonly field: string;
  /** What it is to be, as JSON. For `replicas` a whole number. */
  readonly value: unknown;
  /** Why, in a few words: `update to 2026.9.7`. */
  readonly reason: string;
  /**
   * The text that stood in the spec when it was made, empty where none did. It holds while the spec says so: whoever changes the field has the last
   * word.
   *
   * @default - it holds whatever the spec says
   */
  readonly over?: string;
}

/** The pods of an instance that an override asks for; `undefined` where none does. The last one counts. */
export function overriddenReplicas(overrides: readonly Override[]): number | undefined {
  return overrides.findLast(({ field }) => field === REPLICAS)?.value as number | undefined;
}

/** The one field that is none of the spec. */
export const REPLICAS = 'replicas';

/** The field that updates lay over the spec. */
export const IMAGE_TAG = 'spec.image.tag';
