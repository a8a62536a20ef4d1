import type { Expression, Scope } from './expression';

type Evaluate = (scope: Scope) => unknown;

/** How an operator runs over its operands. Whatever cannot be told is `undefined`. */
type Operator = (operands: readonly Expression[]) => Evaluate;

function binary(join: (a: unknown, b: unknown) => unknown): Operator {
  return ([a, b]) => {
    const [left, right] = [a!.run, b!.run];
    return (scope) => join(left(scope), right(scope));
  };
}

/** Texts, truth values, or integers that JavaScript holds exactly; two of one type. */
function comparable(a: unknown, b: unknown): boolean {
  if (typeof a === 'number') return Number.isSafeInteger(a) && Number.isSafeInteger(b);
  return typeof a === typeof b && (typeof a === 'string' || typeof a === 'boolean');
}

function ordered(compare: (a: number, b: number) => boolean): Operator {
  return binary((a, b) => (Number.isSafeInteger(a) && Number.isSafeInteger(b) ? compare(a as number, b as number) : undefined));
}

/** `&&` is decided by a `false` on either side, `||` by a `true`, even if the other side cannot be told. */
function logical(deciding: boolean): Operator {
  return ([a, b]) => {
    const [left, right] = [a!.run, b!.run];
    return (scope) => {
      const first = left(scope);
      if (first === deciding) return deciding;
      const second = right(scope);
      if (second === deciding) return deciding;
      return first === !deciding && second === !deciding ? !deciding : undefined;
    };
  };
}

function conditional([condition, yes, no]: readonly Expression[]): Evaluate {
  return (scope) => {
    const verdict = condition!.run(scope);
    if (verdict === true) return yes!.run(scope);
    return verdict === false ? no!.run(scope) : undefined;
  };
}

function not([operand]: readonly Expression[]): Evaluate {
  return (scope) => {
    const value = operand!.run(scope);
    return typeof value === 'boolean' ? !value : undefined;
  };
}

/** Whether a text is in a list of texts. */
function isIn(item: unknown, list: unknown): boolean | undefined {
  if (typeof item !== 'string' || !Array.isArray(list)) return undefined;
  if (list.includes(item)) return true;
  return list.every((one) => typeof one === 'string') ? false : undefined;
}

export const OPERATORS: Readonly<Record<string, Operator>> = {
  '!_': not,
  '&&': logical(false),
  '||': logical(true),
  '?:': conditional,
  '==': binary((a, b) => (comparable(a, b) ? a === b : undefined)),
  '!=': binary((a, b) => (comparable(a, b) ? a !== b : undefined)),
  '<': ordered((a, b) => a < b),
  '<=': ordered((a, b) => a <= b),
  '>': ordered((a, b) => a > b),
  '>=': ordered((a, b) => a >= b),
  '+': binary((a, b) => (typeof a === 'string' && typeof b === 'string' ? a + b : undefined)),
  in: binary(isIn),
};
