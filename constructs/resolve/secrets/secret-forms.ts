import { holdsAssignment } from './assignment';
import { decodedTexts, isUserWithPassword, mayHoldEncoded } from './base64';
import { hasLongWord } from './long-word';
import { isPlaceholder } from './placeholder';
import { tokenIn } from './scan';
import { isNameOfCount, isNameOfObject, isNameOfSecret } from './secret-name';
import { holdsUrlPassword } from './url-user';

/** Each form has a word of letters, digits, `_` and `-` that is at least this long, but for those that {@link mayHoldToken} names. */
const SHORTEST_WORD = 12;

/** A shorter text holds no token. */
const SHORTEST = 12;

/** Base64 inside Base64 (a Secret's manifest, encoded) is the deepest that anyone writes. */
const DEEPEST = 2;

/** A quick look that spares nearly all texts the scanner. It never says no to a text that the scanner finds something in. */
function mayHoldToken(text: string): boolean {
  return hasLongWord(text, SHORTEST_WORD) || text.includes('BEGIN ') || text.includes('PuTTY-') || text.includes('Key=');
}

/** Whether a token, key or password stands in a text, by its own form, as it is or in Base64. */
export function holdsForm(text: string): boolean {
  return holdsFormAt(text, 0);
}

function holdsFormAt(text: string, depth: number): boolean {
  if (text.includes('://') && text.includes('@') && holdsUrlPassword(text)) return true;
  if (!mayHoldToken(text)) return false;
  return tokenIn(text) !== undefined || (depth < DEEPEST && holdsEncoded(text, depth));
}

function holdsEncoded(text: string, depth: number): boolean {
  if (!mayHoldEncoded(text)) return false;
  for (const decoded of decodedTexts(text)) {
    if (isUserWithPassword(decoded) || holdsFormAt(decoded, depth + 1)) return true;
  }
  return false;
}

/**
 * Whether a text looks like a password, token or key. The time that it takes grows with the length of the text and with nothing else, whatever the
 * text: it is a tenant's.
 *
 * @param name what the text is called: a field, a variable, a flag. @default - it has no name, or none that tells
 */
export function isSecretText(text: string, name?: string): boolean {
  if (text.length < 4) return false;
  if (name !== undefined && isNameOfSecret(name) && !isHarmless(text, name)) return true;
  return text.length >= SHORTEST && (holdsForm(text) || holdsAssignment(text));
}

function isHarmless(text: string, name: string): boolean {
  if (isNameOfObject(name) && OBJECT_NAME.test(text)) return !holdsForm(text);
  return (isNameOfCount(name) && /^\d+$/.test(text)) || isPlaceholder(text);
}

/** An object name, which no token is. */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** The same for a text that should be the name of an object: a token may have been written where its Secret belongs. */
export function isSecretInsteadOfName(text: string): boolean {
  return text.length >= SHORTEST && !OBJECT_NAME.test(text) && holdsForm(text);
}
