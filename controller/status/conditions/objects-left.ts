import { refOf, refText } from '../../../constructs/wire/object-ref';
import { type Verdict, yes } from '../condition';
import type { StatusView } from '../status-input';
import { CONDITION_LIMIT, joinWithin } from '../text';

/** Objects that nothing asks for any more and that stay: they hold data, or are not ours to remove. Each with the command that removes it. */
export function objectsLeft({ plan: { left }, wanted, instance: { metadata } }: StatusView): Verdict {
  if (!wanted) return 'unjudged';
  if (left.length === 0) return 'off';
  const commands = left.map((object) => {
    const { namespace, name } = object.metadata;
    const place = namespace === undefined ? '' : `-n ${namespace} `;
    return `${refText(refOf(object), metadata.namespace)} (kubectl ${place}delete ${object.kind.toLowerCase()} ${name})`;
  });
  return yes('Kept', joinWithin(['nothing asks for these, and they are kept: ' + commands[0], ...commands.slice(1)], CONDITION_LIMIT));
}
