const POWERS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A Kubernetes quantity of bytes in whole KiB, rounded up: `1.5Gi`, `64M`, `1e9`, `1048576`. For programs that know no quantities.
 *
 * @throws on a text that is no quantity; the schema lets none pass
 */
export function kibibytes(quantity: string | number): number {
  const amount = quantityOf(quantity);
  if (amount === undefined) throw new Error(`"${quantity}" is not a quantity: write it like 64Mi or 1G`);
  return Math.min(Math.ceil(amount / 1024), Number.MAX_SAFE_INTEGER);
}

/** What a Kubernetes quantity comes to: `500m` is 0.5, `1Ki` is 1024. `undefined` for a text that is none. */
export function quantityOf(quantity: string | number): number | undefined {
  const [, amount, suffix = ''] = /^\+?([\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(String(quantity)) ?? [];
  const power = POWERS[suffix];
  return amount === undefined || power === undefined ? undefined : Number(amount) * power;
}
