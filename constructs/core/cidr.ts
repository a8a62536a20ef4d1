import { formatOf } from '../schema/formats';

/** An address as one number. */
interface Address {
  readonly value: bigint;
  /** How many bits it has. */
  readonly size: 32 | 128;
}

/** What a range looks like from afar: enough for its parts to be numbers. */
const FORM = /^(\d+([.]\d+){3}|[\da-f]{1,4}(:[\da-f]{1,4}){7}|[\da-f:]*::[\da-f:]*)\/\d+$/i;

/** No range is longer. On longer texts the form would cost the square of their length. */
const LONGEST = 64;

/** IPv4 addresses written as IPv6: all zeros, then 16 ones, then the address. */
const MAPPED = 0xffffn;

/**
 * What the API server (seen with 1.36) has against an address range, or `undefined`. Older ones let such ranges pass, and people meant
 * something else by them. What is no range at all is left to the rule of the schema.
 */
export function cidrMistake(cidr: string): string | undefined {
  if (cidr.length > LONGEST || !FORM.test(cidr)) return undefined;
  const [text = '', prefix = ''] = cidr.split('/');
  const { value, size } = parse(text);
  if (Number(prefix) > size) return undefined;
  if (size === 128 && value >> 32n === MAPPED) return `${cidr} is an IPv4 range written as IPv6: write the IPv4 range`;
  const hostBits = BigInt(size - Number(prefix));
  const network = (value >> hostBits) << hostBits;
  if (network === value) return undefined;
  const meant = `${format({ value: network, size })}/${prefix}`;
  return `${cidr} has bits beyond its prefix of ${prefix}: write ${meant} for the range, or ${text}/${size} for the one address`;
}

/** Whether a text is an address range at all. */
export function isCidr(cidr: string): boolean {
  return formatOf('cidr')?.test(cidr) === true;
}

/** Whether a range lies inside of another one and is smaller than that. Both have to be ranges. */
export function isStrictlyWithin(inner: string, outer: string): boolean {
  const [small, large] = [rangeOf(inner), rangeOf(outer)];
  if (small.size !== large.size || small.prefix <= large.prefix) return false;
  const bits = BigInt(large.size - large.prefix);
  return small.value >> bits === large.value >> bits;
}

function rangeOf(cidr: string): Address & { readonly prefix: number } {
  const [text = '', prefix = ''] = cidr.split('/');
  return { ...parse(text), prefix: Number(prefix) };
}

function parse(text: string): Address {
  if (!text.includes(':')) return { value: number(text.split('.'), 8n, 10), size: 32 };
  const [head = [], tail = []] = text.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return { value: number([...head, ...zeros, ...tail], 16n, 16), size: 128 };
}

function number(parts: readonly string[], bits: bigint, radix: number): bigint {
  return parts.reduce((sum, part) => (sum << bits) + BigInt(Number.parseInt(part, radix) || 0), 0n);
}

function format({ value, size }: Address): string {
  const [bits, radix, separator] = size === 32 ? ([8n, 10, '.'] as const) : ([16n, 16, ':'] as const);
  const count = size / Number(bits);
  const mask = (1n << bits) - 1n;
  const parts = Array.from({ length: count }, (_, index) => ((value >> (bits * BigInt(count - 1 - index))) & mask).toString(radix));
  const text = parts.join(separator);
  return size === 32 ? text : text.replace(/(:0)+$/, '::').replace(/^0::$/, '::');
}
