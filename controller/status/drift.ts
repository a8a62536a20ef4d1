import { refText } from '../../constructs/wire/object-ref';
import type { DriftedObject } from '../decide/outcome';
import { listOfPaths } from './altered-fields';

/**
 * Objects that are not as they were committed, each in words with the paths.
 *
 * @param home the namespace of the instance, which needs no name
 */
export function driftTexts(drift: readonly DriftedObject[], home: string): string[] {
  return drift.map((object) => {
    const name = refText(object, home);
    return object.fields.length === 0 ? `${name} is missing` : `${name} has another ${listOfPaths(object.fields)}`;
  });
}
