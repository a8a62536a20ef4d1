import type { Part } from '../part';
import type { Facts } from '../spec/facts';
import type { WrittenInstance } from '../spec/instance';
import type { Need } from '../spec/need';
import { parts as registeredParts } from '../parts';

/** Looks up what instances of a namespace need: in files, in a cluster. */
export interface FactReader {
  /** What is not there is missing in the answer. @throws whatever keeps it from looking */
  read(namespace: string, needs: readonly Need[]): Promise<Facts>;
}

/**
 * What has to be known before `written` can be resolved. Every part is asked, since whether one is enabled is not known yet.
 *
 * @param parts @default - all registered parts
 */
export function needsOf(written: WrittenInstance, parts: readonly Part[] = registeredParts): Need[] {
  return parts.flatMap((part) => [...(part.needs?.(written) ?? [])]);
}
