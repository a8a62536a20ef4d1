/** Nanoseconds of each unit of Go's `time.ParseDuration`. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** What the `duration` format takes besides: whole numbers with a unit in words, `2 hours`, `3d`. */
const WORDS: readonly (readonly [readonly string[], bigint])[] = [
  [['ns', 'nano'], 1n],
  [['us', 'µs', 'micro'], 1_000n],
  [['ms', 'milli'], 1_000_000n],
  [['s', 'sec'], 1_000_000_000n],
  [['m', 'min'], 60_000_000_000n],
  [['h', 'hr', 'hour'], 3_600_000_000_000n],
  [['d', 'day'], 86_400_000_000_000n],
  [['w', 'wk', 'week'], 604_800_000_000_000n],
];

const WHOLE = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g;
const LIMIT = 2n ** 63n;

/** A longer text is no duration to us: what its digits cost grows faster than their number. */
const LONGEST = 256;

/** Nanoseconds of a Go duration such as `1h30m` or `-1.5s`; undefined when it is none. */
export function parseStrictDuration(text: string): bigint | undefined {
  if (text.length > LONGEST) return undefined;
  if (/^[+-]?0$/.test(text)) return 0n;
  if (!WHOLE.test(text)) return undefined;
  let total = 0n;
  for (const [, whole, fraction, unit] of text.matchAll(PART)) {
    const size = UNITS[unit!]!;
    total += BigInt(whole || '0') * size;
    if (fraction !== '') total += (BigInt(fraction!) * size) / 10n ** BigInt(fraction!.length);
  }
  if (total >= LIMIT) return undefined;
  return text.startsWith('-') ? -total : total;
}

/** Nanoseconds of a text of `format: duration`: a Go duration, or numbers with units in words. */
export function parseGoDuration(text: string): bigint | undefined {
  if (text.length > LONGEST) return undefined;
  const strict = parseStrictDuration(text);
  if (strict !== undefined) return strict;
  let total: bigint | undefined;
  for (const [, count, written] of text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)) {
    const size = wordSize(written!.toLowerCase());
    if (size !== undefined) total = (total ?? 0n) + BigInt(count!) * size;
  }
  return total;
}

/** A unit is known by one of its short names, or by how its long name begins. */
function wordSize(unit: string): bigint | undefined {
  return WORDS.find(([names]) => names.includes(unit) || unit.startsWith(names.at(-1)!))?.[1];
}
