import type { Environment } from '../library';

/** Powers of ten, and of two, by suffix; sizes are kept in billionths, Kubernetes' finest step. */
const DECIMAL: Readonly<Record<string, number>> = { n: 0, u: 3, m: 6, '': 9, k: 12, M: 15, G: 18, T: 21, P: 24, E: 27 };
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const SCALES = new Map<string, readonly [bigint, number]>([
  ...Object.entries(DECIMAL).map(([suffix, tens]) => [suffix, [1n, tens]] as const),
  ...BINARY.map((suffix, index) => [suffix, [1024n ** BigInt(index + 1), 9]] as const),
]);
const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3}|)$/;
/** The server takes any length; a longer one is no amount of anything, and what is done with its digits costs more than their number. */
const LONGEST = 1024;
const ONE = 1_000_000_000n;
const INT64 = 2n ** 63n;

/** An amount with a suffix, such as `500m`, `1Gi` or `1e3`. */
export class CelQuantity {
  /**
   * @param billionths rounded away from zero
   * @param isWhole written without decimals: for the server `2000m` is no integer
   */
  constructor(
    readonly billionths: bigint,
    readonly isWhole: boolean,
  ) {}

  valueOf(): bigint {
    return this.billionths;
  }
}

/** `isQuantity`, `quantity` and what can be asked of one. */
export function addQuantities(environment: Environment): void {
  const type = 'kubernetes.Quantity';
  environment
    .registerType(type, CelQuantity)
    .registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined)
    .registerFunction(`quantity(string): ${type}`, quantity)
    .registerFunction(`sign(${type}): int`, (a: CelQuantity) => compare(a.billionths, 0n))
    .registerFunction(`${type}.isInteger(): bool`, isInteger)
    .registerFunction(`${type}.asInteger(): int`, asInteger)
    .registerFunction(`${type}.asApproximateFloat(): double`, (a: CelQuantity) => Number(a.billionths) / Number(ONE))
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => a > b)
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => a < b)
    .registerFunction(`${type}.compareTo(${type}): int`, (a: CelQuantity, b: CelQuantity) => compare(a.billionths, b.billionths))
    .registerFunction(`${type}.add(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) => plus(a, b.billionths, b.isWhole))
    .registerFunction(`${type}.add(int): ${type}`, (a: CelQuantity, b: bigint) => plus(a, b * ONE))
    .registerFunction(`${type}.sub(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) => plus(a, -b.billionths, b.isWhole))
    .registerFunction(`${type}.sub(int): ${type}`, (a: CelQuantity, b: bigint) => plus(a, -b * ONE))
    .registerOperator(`${type} == ${type}`, (a: CelQuantity, b: CelQuantity) => a.billionths === b.billionths);
}

function quantity(text: string): CelQuantity {
  const parsed = parseQuantity(text);
  if (parsed === undefined) throw new Error(`quantity ${JSON.stringify(text)} must look like 500m, 1Gi or 1e3`);
  return parsed;
}

/** The amount that a text says, or `undefined` for another text. As on the server, digits may be missing: `+`, `.` and `Gi` are nothing. */
export function parseQuantity(text: string): CelQuantity | undefined {
  if (text === '' || text.length > LONGEST) return undefined;
  const [, sign, whole, fraction = '', suffix] = FORM.exec(text) ?? [];
  if (suffix === undefined) return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  const [factor, tens] = scale(suffix);
  const size = divideUp(digits * factor, fraction.length - tens);
  const isWhole = factor === 1n ? tens - fraction.length >= 9 : fraction === '';
  return new CelQuantity(sign === '-' ? -size : size, isWhole);
}

/** A factor, and a power of ten beside it. */
function scale(suffix: string): readonly [bigint, number] {
  return SCALES.get(suffix) ?? [1n, 9 + Number(suffix.slice(1))];
}

/** Divides by a power of ten, or multiplies by one when the power is below zero. */
function divideUp(value: bigint, tens: number): bigint {
  if (tens <= 0) return value * powerOfTen(-tens);
  const divisor = powerOfTen(tens);
  return (value + divisor - 1n) / divisor;
}

/** The powers that suffixes ask for. */
const POWERS = Array.from({ length: 28 }, (_, exponent) => 10n ** BigInt(exponent));

function powerOfTen(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

function isInteger(a: CelQuantity): boolean {
  return a.isWhole && a.billionths / ONE < INT64 && a.billionths / ONE >= -INT64;
}

function asInteger(a: CelQuantity): bigint {
  if (!isInteger(a)) throw new Error('cannot convert value to integer');
  return a.billionths / ONE;
}

function plus(a: CelQuantity, billionths: bigint, isWhole = true): CelQuantity {
  return new CelQuantity(a.billionths + billionths, a.isWhole && isWhole);
}

function compare(a: bigint, b: bigint): bigint {
  if (a === b) return 0n;
  return a < b ? -1n : 1n;
}
