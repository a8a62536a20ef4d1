/** CEL's equality of values in lists: an integer equals a double of the same size. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  // A bigint and a number are never identical, but they compare.
  if (isNumeric(a) && isNumeric(b)) return typeof a !== typeof b && Number(a) === Number(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return sameList(a, b);
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return sameFields({ ...a }, { ...b });
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function sameList(a: object, b: object): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, index) => sameValue(item, b[index]));
}

function sameFields(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]));
}
