import { alphabets, endOfRun, isIn, startOfRun } from './alphabet';
import { isPlaceholder } from './placeholder';

/** A shorter word says nothing when it is decoded. */
const SHORTEST = 16;

/** Characters that are decoded of one word: private keys fit, and a token at the beginning of whatever is longer. */
const LONGEST = 8192;

/** So many bytes have to be printable before the rest is decoded. Four in ten bytes are, so that no word passes by chance. */
const TRIED = 24;

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNPRINTABLE = /[^\t\n\r\x20-\x7e]/;

/** Whether a word is long enough to be decoded; a quick look. */
export function mayHoldEncoded(text: string): boolean {
  let end = 0;
  for (let at = SHORTEST - 1; at < text.length; at = Math.max(at, end) + SHORTEST) {
    if (!isIn(alphabets.base64Core, text.charCodeAt(at))) continue;
    end = endOfRun(text, at, alphabets.base64Core);
    if (end - startOfRun(text, at, alphabets.base64Core, at - SHORTEST) >= SHORTEST) return true;
  }
  return false;
}

/** The texts that stand in another one in Base64. Each character is decoded once. */
export function* decodedTexts(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 1) {
    const end = endOfRun(text, at, alphabets.base64Core);
    if (end - at >= SHORTEST) {
      const decoded = decode(text.slice(at, Math.min(end, at + LONGEST)));
      if (decoded !== undefined) yield decoded;
    }
    at = end;
  }
}

function decode(word: string): string | undefined {
  if (UNPRINTABLE.test(bytesOf(word.slice(0, TRIED)))) return undefined;
  const decoded = bytesOf(word);
  return UNPRINTABLE.test(decoded) ? undefined : decoded;
}

function bytesOf(word: string): string {
  return Buffer.from(word, 'base64').toString('latin1');
}

/** `user:password`, as HTTP's basic authentication and the credentials of registries have it. */
const PAIR = /^[\w.@+~-]{1,64}:([^\s:"'<>{}()/[\],][^\s"'<>{}()[\],]{5,127})$/;

/** Whether a decoded text is a user with a password. */
export function isUserWithPassword(decoded: string): boolean {
  const password = decoded.length <= 256 ? PAIR.exec(decoded.trim())?.[1] : undefined;
  return password !== undefined && !isPlaceholder(password);
}
