import { objectId, refOf, refText } from '../../../constructs/wire/object-ref';
import { isOurs } from '../../objects/ownership';
import { isAppliedByUs, writersOf } from '../../objects/writers';
import { type Verdict, yes } from '../condition';
import type { StatusView } from '../status-input';
import { CONDITION_LIMIT, joinWithin } from '../text';

const TO_DO =
  'the reference operator wrote these after they were ours: stop it, for both write the same objects. What it wrote beside our fields stays ' +
  'until the object is made anew, a StatefulSet by kubectl delete --cascade=orphan: ';

/**
 * Objects that the reference operator wrote again. Their fields changed hands before our first apply, so whatever is its own beside ours came
 * after that.
 */
export function predecessorWrites({ observed: { owned, instance } }: StatusView): Verdict {
  const written = owned.filter((object) => isAppliedByUs(object) && writersOf(object).includes('predecessor') && isOurs(object, instance));
  if (written.length === 0) return 'off';
  const sorted = written.map(refOf).toSorted((one, other) => (objectId(one) < objectId(other) ? -1 : 1));
  const [first = '', ...others] = sorted.map((ref) => refText(ref, instance.metadata.namespace));
  return yes('WrittenAgain', joinWithin([TO_DO + first, ...others], CONDITION_LIMIT));
}
