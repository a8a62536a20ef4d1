/** Values of real Secrets, in every form in which they could turn up in a file. */
import { base64Cores } from '../git/redact';

/** Finds values of Secrets in texts. */
export interface Taints {
  /** Whether the text holds one of the values, as it is, in Base64, or encoded for a URL. */
  isIn(text: string): boolean;
}

/** A shorter value meets other texts by chance. */
const SHORTEST = 8;
/** A value of words alone needs this length: `openclaw` may well be a password, but refusing it would refuse every file. */
const SHORTEST_OF_WORDS = 24;
/** Bits a character. `aaaaaaaa` has none, random hexadecimal digits have close to four. */
const LEAST_ENTROPY = 2.5;
/** Lines of key material. */
const KEY_LINE = /^[A-Za-z0-9+/=_-]{32,}$/;
const SECRET_LEAF = /pass|secret|token|key|auth|credential/i;

/** @param values the values of all Secrets that an instance refers to, decoded */
export function taintsOf(values: Iterable<string>): Taints {
  const needles = new Set<string>();
  for (const value of values) for (const part of partsOf(value)) for (const form of formsOf(part)) needles.add(form);
  const list = [...needles];
  return { isIn: (text) => text.length >= SHORTEST && list.some((needle) => text.includes(needle)) };
}

/** The value itself, lines of a key, and what a JSON document (the credentials of a registry) holds. */
function partsOf(value: string): string[] {
  const whole = value.trim();
  return [whole, ...whole.split(/\r?\n/).filter((line) => KEY_LINE.test(line)), ...leavesOf(whole)].filter(isTelling);
}

function leavesOf(text: string): string[] {
  if (!text.startsWith('{')) return [];
  const leaves: string[] = [];
  try {
    JSON.parse(text, (key: string, value: unknown) => {
      if (typeof value === 'string' && SECRET_LEAF.test(key)) leaves.push(value);
      return value;
    });
  } catch {
    // Not JSON after all: the value counts as a whole.
  }
  return leaves;
}

/** Whether a value is long and mixed enough to be known again. */
function isTelling(value: string): boolean {
  if (value.length < SHORTEST || entropy(value) < LEAST_ENTROPY) return false;
  const isWords = /^[a-z.\s_-]*$/i.test(value) && (value === value.toLowerCase() || value === value.toUpperCase());
  return !isWords || value.length >= SHORTEST_OF_WORDS;
}

/** Shannon entropy, in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

function formsOf(value: string): string[] {
  const encoded = encodeURIComponent(value.toWellFormed());
  const lowerCase = encoded.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  const plus = encoded.replaceAll('%20', '+');
  const json = JSON.stringify(value).slice(1, -1);
  return [value, encoded, lowerCase, plus, json, ...base64Cores(value)];
}
