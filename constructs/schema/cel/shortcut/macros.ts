import { isObject, type JsonValue } from '../../structural';
import { keysOf } from './calls';
import { type Expression, SCALAR, type Scope, type Shape, UNSUPPORTED } from './expression';
import { type Names, variable } from './shortcut';

/** Whether something is true of one entry; `undefined` where that cannot be told. */
type Test = (item: JsonValue) => unknown;

/** As CEL has it: an entry that decides outweighs one that cannot be told. */
const MACROS: Readonly<Record<string, (items: readonly JsonValue[], test: Test) => boolean | undefined>> = {
  all: (items, test) => decide(items, test, false),
  exists: (items, test) => decide(items, test, true),
  exists_one: existsOne,
};

function decide(items: readonly JsonValue[], test: Test, deciding: boolean): boolean | undefined {
  let isKnown = true;
  for (const item of items) {
    const verdict = test(item);
    if (verdict === deciding) return deciding;
    if (verdict !== !deciding) isKnown = false;
  }
  return isKnown ? !deciding : undefined;
}

function existsOne(items: readonly JsonValue[], test: Test): boolean | undefined {
  let count = 0;
  for (const item of items) {
    const verdict = test(item);
    if (typeof verdict !== 'boolean') return undefined;
    if (verdict) count += 1;
  }
  return count === 1;
}

function itemShape(shape: Shape): Shape {
  if (shape.kind === 'list') return shape.items;
  if (shape.kind === 'map') return SCALAR;
  throw UNSUPPORTED;
}

/**
 * `list.all(name, body)` and its like; of a map, the entries are its keys.
 *
 * @param place of the variable in the scope
 */
export function macro(
  word: string,
  receiver: Expression,
  name: string,
  place: number,
  compileBody: (item: Names[number]) => Expression,
): Expression {
  const quantify = MACROS[word];
  if (quantify === undefined) throw UNSUPPORTED;
  const entries = entriesOf(receiver.shape);
  const body = compileBody(variable(name, place, { shape: itemShape(receiver.shape) }));
  const run = (scope: Scope): boolean | undefined => {
    const items = entries(receiver.run(scope));
    return (
      items &&
      quantify(items, (item) => {
        scope[place] = item;
        return body.run(scope);
      })
    );
  };
  return { shape: SCALAR, run };
}

/** How the entries of a value are read. A value of another kind than its schema has is for the library. */
function entriesOf({ kind }: Shape): (value: unknown) => readonly JsonValue[] | undefined {
  if (kind === 'list') return (value) => (Array.isArray(value) ? (value as JsonValue[]) : undefined);
  return (value) => (isObject(value) ? keysOf(value) : undefined);
}
