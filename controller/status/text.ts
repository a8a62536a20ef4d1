import type { Failure } from '../decide/outcome';
import { isSecretText } from '../../constructs/resolve/secrets/secret-forms';

/** Characters of a condition's message. The API allows 32,768; a status is read by people and sent to every watcher. */
export const CONDITION_LIMIT = 8192;

/** The API server's own limit for the message of an event. */
export const EVENT_LIMIT = 1024;

/** Controls, formats (among them those that turn the direction of writing), halves of characters, line and paragraph ends. */
const UNPRINTED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/**
 * A text without what is not printed. Others choose many of the words, and a terminal obeys some of them. Half of a character would come back from the
 * server as another one, and be written anew in every pass.
 */
function printed(text: string): string {
  return text.replaceAll(UNPRINTED, ' ');
}

/** What is printed of a text, at most `limit` characters; what was cut off is marked. */
export function cut(text: string, limit: number): string {
  const whole = printed(text);
  return whole.length <= limit ? whole : `${printed(whole.slice(0, limit - 3))}...`;
}

/** Room for the words that say how many were left out. */
const REST = 20;

/** Joins what is printed of whole items as far as they fit, and says how many more there are. */
export function joinWithin(texts: readonly string[], limit: number, separator = '; '): string {
  const items = texts.map(printed);
  const whole = items.join(separator);
  if (whole.length <= limit) return whole;
  const taken: string[] = [];
  let length = 0;
  for (const item of items) {
    length += item.length + separator.length;
    if (length > limit - REST) break;
    taken.push(item);
  }
  if (taken.length === 0) return cut(whole, limit);
  return `${taken.join(separator)}${separator}and ${items.length - taken.length} more`;
}

/** Keeps a text that quotes something secret out of status and events. The other side chose the words, so nobody else has looked. */
export function withoutSecrets(text: string): string {
  return isSecretText(text, undefined) ? 'the text is withheld, for it may quote a secret' : text;
}

/** Ports of connections change with every try: with them in it, the same failure would be news each time. */
function withoutSourcePort(text: string): string {
  return text.replaceAll(/:\d+->/g, '->');
}

/** `Service alice: Forbidden: ...` */
export function failureText(subject: string, { reason, message }: Failure): string {
  const said = withoutSecrets(withoutSourcePort(message));
  return `${subject}: ${reason && !said.includes(reason) ? `${reason}: ` : ''}${said}`;
}
