/**
 * What a scalar means to kubectl. It reads YAML 1.1 with some rules of its own: `y`, `yes` and `on` are booleans, `0644` and `0o644`
 * are octal, underscores in numbers do not count; dates and `1:30` stay text.
 */

/** A scalar with its type. Integers are exact; `text` is what the user wrote. */
export type Scalar =
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string };

/** The long form of the tags that every reader knows (`!!int`). */
const CORE = 'tag:yaml.org,2002:';

const WORDS = new Map<string, Scalar>([
  ...spell({ type: 'null' }, ['', '~', 'null', 'Null', 'NULL']),
  ...spell({ type: 'boolean', value: true }, ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']),
  ...spell({ type: 'boolean', value: false }, ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']),
  ...spell({ type: 'float', value: Number.NaN }, ['.nan', '.NaN', '.NAN']),
  ...spell({ type: 'float', value: Number.POSITIVE_INFINITY }, ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']),
  ...spell({ type: 'float', value: Number.NEGATIVE_INFINITY }, ['-.inf', '-.Inf', '-.INF']),
]);

const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Underscores may stand between digits here, and nowhere else. */
const FLOAT_WITHOUT_INTEGER = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;

const LARGEST_INT64 = 2n ** 63n - 1n;
const LARGEST_UINT64 = 2n ** 64n - 1n;

function spell(scalar: Scalar, words: readonly string[]): [string, Scalar][] {
  return words.map((word) => [word, scalar]);
}

/** A scalar without quotes and without a tag. */
export function resolvePlain(text: string): Scalar {
  return WORDS.get(text) ?? resolveNumber(text) ?? { type: 'string', value: text };
}

/**
 * A scalar with a tag, in quotes or without. Tags that are not known mean text.
 *
 * @returns `undefined` when the text is nothing that the tag allows
 */
export function resolveTagged(tag: string, text: string): Scalar | undefined {
  const scalar = resolvePlain(text);
  switch (tag.startsWith(CORE) ? tag.slice(CORE.length) : '') {
    case 'null':
      return scalar.type === 'null' ? scalar : undefined;
    case 'bool':
      return scalar.type === 'boolean' ? scalar : undefined;
    case 'int':
      return scalar.type === 'integer' ? scalar : undefined;
    case 'float':
      if (scalar.type === 'integer') return { type: 'float', value: Number(scalar.value) };
      return scalar.type === 'float' ? scalar : undefined;
    case 'binary':
      return decodeBinary(text);
    default:
      return { type: 'string', value: text };
  }
}

/** Whether a number is one that kubectl holds as an integer of 64 bits with a sign, which is all that a key may be. */
export function isInt64(value: bigint): boolean {
  return value <= LARGEST_INT64 && value >= -LARGEST_INT64 - 1n;
}

function resolveNumber(text: string): Scalar | undefined {
  const first = text.charCodeAt(0);
  if (first === 0x2e) return FLOAT_WITHOUT_INTEGER.test(text) ? toFloat(text.replaceAll('_', '')) : undefined;
  const isSign = first === 0x2b || first === 0x2d;
  if (!isSign && !(first >= 0x30 && first <= 0x39)) return undefined;
  const digits = text.replaceAll('_', '');
  return toInteger(digits) ?? (FLOAT.test(digits) ? toFloat(digits) : undefined);
}

function toInteger(digits: string): Scalar | undefined {
  const match = INTEGER.exec(digits);
  if (match === null) return undefined;
  const [, sign = '', body = ''] = match;
  const magnitude = BigInt(/^0[0-7]/.test(body) ? `0o${body}` : body);
  // Beyond 64 bits a number goes on as a float, or as text if it is not decimal.
  if (magnitude > (sign === '' ? LARGEST_UINT64 : LARGEST_INT64 + (sign === '-' ? 1n : 0n))) return undefined;
  return { type: 'integer', value: sign === '-' ? -magnitude : magnitude };
}

/** A number too large for a float is text. */
function toFloat(digits: string): Scalar | undefined {
  const value = Number(digits);
  return Number.isFinite(value) ? { type: 'float', value } : undefined;
}

function decodeBinary(text: string): Scalar | undefined {
  const base64 = text.replace(/[\r\n]/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return { type: 'string', value: Buffer.from(base64, 'base64').toString('utf8') };
}
