import { re2 } from '../../regular-expression';
import { isObject } from '../../structural';
import { parseQuantity, type CelQuantity } from '../functions/quantities';
import { type Expression, SCALAR, type Shape, UNSUPPORTED } from './expression';

const TEXTS: Shape = { kind: 'list', items: SCALAR };

/** `size()`: code points of a text, entries of a list or a map. A value of another kind than its schema has is for the library. */
export function size({ shape, run }: Expression): Expression {
  const measure = SIZES[shape.kind];
  if (measure === undefined) throw UNSUPPORTED;
  return { shape: SCALAR, run: (scope) => measure(run(scope)) };
}

const SIZES: Readonly<Partial<Record<Shape['kind'], (value: unknown) => number | undefined>>> = {
  scalar: (value) => (typeof value === 'string' ? codePoints(value) : undefined),
  list: (value) => (Array.isArray(value) ? value.length : undefined),
  map: (value) => (isObject(value) ? keysOf(value)?.length : undefined),
};

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** The keys of a map; `undefined` where a value is missing, since it depends on the schema whether CEL sees such a key. */
export function keysOf(map: object): string[] | undefined {
  return Object.values(map).includes(undefined) ? undefined : Object.keys(map);
}

/** A text that was written into the rule. */
function literal({ constant }: { readonly constant?: unknown }): string {
  if (typeof constant !== 'string') throw UNSUPPORTED;
  return constant;
}

type Argument = Expression & { readonly constant?: unknown };

/** Methods of texts that take a text. */
const ON_TEXTS: Readonly<Record<string, (one: string, other: string) => boolean>> = {
  contains: (one, other) => one.includes(other),
  startsWith: (one, other) => one.startsWith(other),
  endsWith: (one, other) => one.endsWith(other),
};

const ON_QUANTITIES: Readonly<Record<string, (a: CelQuantity, b: CelQuantity) => boolean | number>> = {
  isLessThan: (a, b) => a.billionths < b.billionths,
  isGreaterThan: (a, b) => a.billionths > b.billionths,
  compareTo: (a, b) => Number(a.billionths > b.billionths) - Number(a.billionths < b.billionths),
};

/** A method with one argument. */
export function method(name: string, receiver: Expression, argument: Argument): Expression {
  if (name === 'matchesKubernetes') return matches(receiver, re2(literal(argument)));
  if (name === 'split') return split(receiver, literal(argument));
  const onTexts = ON_TEXTS[name];
  if (onTexts !== undefined) {
    return both(receiver, argument, (a, b) => (typeof a === 'string' && typeof b === 'string' ? onTexts(a, b) : undefined));
  }
  const onQuantities = ON_QUANTITIES[name];
  if (onQuantities === undefined || receiver.shape.kind !== 'quantity' || argument.shape.kind !== 'quantity') throw UNSUPPORTED;
  return both(receiver, argument, (a, b) =>
    a === undefined || b === undefined ? undefined : onQuantities(a as CelQuantity, b as CelQuantity),
  );
}

function both(a: Expression, b: Expression, join: (a: unknown, b: unknown) => unknown): Expression {
  return { shape: SCALAR, run: (scope) => join(a.run(scope), b.run(scope)) };
}

function matches({ run }: Expression, expression: RegExp): Expression {
  return {
    shape: SCALAR,
    run: (scope) => {
      const value = run(scope);
      return typeof value === 'string' ? expression.test(value) : undefined;
    },
  };
}

function split({ run }: Expression, separator: string): Expression {
  if (separator === '') throw UNSUPPORTED;
  return {
    shape: TEXTS,
    run: (scope) => {
      const value = run(scope);
      return typeof value === 'string' ? value.split(separator) : undefined;
    },
  };
}

/** `string(x)` of a text or an integer. */
export function textOf({ run }: Expression): Expression {
  return {
    shape: SCALAR,
    run: (scope) => {
      const value = run(scope);
      if (typeof value === 'string') return value;
      return Number.isSafeInteger(value) ? String(value) : undefined;
    },
  };
}

/** `quantity(x)`. */
export function quantity(argument: Argument): Expression {
  const { run, constant } = argument;
  const known = typeof constant === 'string' ? parseQuantity(constant) : undefined;
  if (known !== undefined) return { shape: { kind: 'quantity' }, run: () => known };
  return {
    shape: { kind: 'quantity' },
    run: (scope) => {
      const value = run(scope);
      return typeof value === 'string' ? parseQuantity(value) : undefined;
    },
  };
}
