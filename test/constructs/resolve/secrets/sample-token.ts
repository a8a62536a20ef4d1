import { isIn } from '../../../../constructs/resolve/secrets/alphabet';
import type { Stretch, TokenForm } from '../../../../constructs/resolve/secrets/form';

/** Characters of an alphabet in an order that looks like a token: no words, digits early. */
function charactersOf({ alphabet }: Stretch): string {
  const mixed = '7kQ2xZ9mB4wH1tR8yC3pL6vN0dFgJsTaVeXoIuKbAcDhEiMlGnYqOrPzSfUjW5';
  // Signs only where letters and digits are not enough, so that a sample never looks like words.
  const letters = Array.from(mixed).filter((character) => isIn(alphabet, character.charCodeAt(0)));
  return letters.join('');
}

/** `length` characters of an alphabet. */
function sample(part: Stretch, length: number, shift: number): string {
  const characters = charactersOf(part);
  return Array.from({ length }, (_, index) => characters[(index * 7 + shift) % characters.length]).join('');
}

function shortest(part: Stretch | string, index: number): string {
  return typeof part === 'string' ? part : sample(part, part.min, index * 3);
}

/** What stands in front, what makes it known, and what follows. */
interface Sample {
  readonly before: string;
  readonly prefix: string;
  readonly body: readonly string[];
}

function samplesOf({ prefixes, parts, before, needs }: TokenForm): Sample[] {
  const front = typeof before === 'object' ? sample(before, before.min, 1) : '';
  const body = needs === 'private-key' ? ['RSA PRIVATE KEY'] : parts.map(shortest);
  return prefixes.map((prefix) => ({ before: front, prefix, body }));
}

/** The shortest texts of a form, one for each prefix. */
export function positivesOf(form: TokenForm): string[] {
  return samplesOf(form).map(({ before, prefix, body }) => `${before}${prefix}${body.join('')}`);
}

/** Texts that differ from a form in one thing. */
export function nearMissesOf(form: TokenForm): string[] {
  return samplesOf(form).flatMap(({ before, prefix, body }) => [
    ...cutBodies(form, body).map((cut) => `${before}${prefix}${cut}`),
    ...tooLong(form, body).map((long) => `${before}${prefix}${long}`),
    ...(before === '' ? [] : [`${before.slice(1)}${prefix}${body.join('')}`]),
    ...(form.before === undefined ? [`a${prefix}${body.join('')}`] : []),
    ...(form.before === 'apart' ? [`/${prefix}${body.join('')}`] : []),
    ...(form.needs === 'digit' ? [`${prefix}${body.join('').replaceAll(/\d/g, 'q')}`] : []),
    ...(form.needs === 'private-key' ? [`${prefix}RSA PUBLIC KEY`] : []),
  ]);
}

/** One character less in one of the parts. */
function cutBodies(form: TokenForm, body: readonly string[]): string[] {
  if (form.needs === 'private-key') return [];
  return body.map((part, index) => [...body.slice(0, index), part.slice(0, -1), ...body.slice(index + 1)].join(''));
}

/** One character more than the first part may have. */
function tooLong({ parts: [first], needs }: TokenForm, [, ...rest]: readonly string[]): string[] {
  if (first === undefined || typeof first === 'string' || first.max === Infinity || needs === 'private-key') return [];
  return [`${sample(first, first.max + 1, 0)}${rest.join('')}`];
}
