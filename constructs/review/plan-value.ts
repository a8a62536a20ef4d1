/** Values of a plan as texts: short, in one line, and without anything that a reader must not see. */
import { isSecretText } from '../resolve/secrets/secret-forms';
import { isObject } from '../spec/json';
import type { ObjectRef } from '../wire/object-ref';
import type { Difference } from './differences';

const LONGEST = 80;

const WITHHELD = '(withheld)';

/** A difference in words: `"a" -> "b"`, or for texts of several lines how many of them come and go. */
export function valueText({ before, after, path }: Difference, { kind }: ObjectRef): string {
  const isKept = kind === 'Secret' && /^(?:data|stringData)\b/.test(path);
  // Where one of the two is a secret the other one was, or will be.
  const isSecret = isKept || [before, after].some((value) => holdsSecret(value, nameOf(path)));
  if (!isSecret && isLong(before) && isLong(after)) return lineText(before, after);
  const [one, other] = [before, after].map((value) => (value === undefined ? undefined : isSecret ? WITHHELD : oneLine(value)));
  if (one === undefined) return other ?? '';
  return other === undefined ? one : `${one} -> ${other}`;
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n');
}

function lineText(before: string, after: string): string {
  const [gone, come] = [missing(before, after), missing(after, before)];
  return `text: ${come} ${come === 1 ? 'line' : 'lines'} added, ${gone} removed`;
}

function missing(from: string, other: string): number {
  const left = new Map<string, number>();
  for (const line of other.split('\n')) left.set(line, (left.get(line) ?? 0) + 1);
  return from.split('\n').filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  }).length;
}

function oneLine(value: unknown): string {
  const text = plain(JSON.stringify(value) ?? '');
  const characters = Array.from(text);
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 3).join('')}...`;
}

/** Text of users must not steer a terminal, nor change the direction of what stands behind it. */
export function plain(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** What the last field of a path is called; a variable by its own name: `env[TOKEN].value`. */
function nameOf(path: string): string | undefined {
  const [, element, field] = /(?:\[([^\]]*)\])?\.?([\w-]+)?$/.exec(path) ?? [];
  return field === 'value' || field === undefined ? (element ?? field) : field;
}

function holdsSecret(value: unknown, name: string | undefined): boolean {
  if (typeof value === 'string') return isSecretText(value, name);
  if (Array.isArray(value)) return value.some((element) => holdsSecret(element, name));
  if (!isObject(value)) return false;
  return Object.entries(value).some(([field, inner]) =>
    holdsSecret(inner, field === 'value' && typeof value['name'] === 'string' ? value['name'] : field),
  );
}
