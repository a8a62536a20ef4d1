import { isInt64, type Scalar } from './scalar';

/**
 * The field name that kubectl makes of a key: `8080: x` is the field `8080`, `0644` is `420`, `yes` is `true`.
 *
 * @returns `undefined` for keys that kubectl refuses: null, and integers that do not fit into 64 bits with a sign
 */
export function keyText(key: Scalar): string | undefined {
  switch (key.type) {
    case 'string':
      return key.value;
    case 'boolean':
      return String(key.value);
    case 'integer':
      return isInt64(key.value) ? String(key.value) : undefined;
    case 'float':
      return floatText(Math.fround(key.value));
    default:
      return undefined;
  }
}

/** Floats in keys are written with the digits of 32 bits, and with an exponent from a million on. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponentText = ''] = shortest(value).split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+';
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return String(Number(`${mantissa}e${exponent}`));
}

/** The fewest digits that read back as the same number of 32 bits. */
function shortest(value: number): string {
  for (let digits = 0; digits < 8; digits += 1) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(8);
}
