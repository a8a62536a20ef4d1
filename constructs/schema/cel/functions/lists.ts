import type { Environment } from '../library';
import { sameValue } from './same-value';

type ListValue = readonly unknown[] | ReadonlySet<unknown>;

/** Kubernetes' functions on lists. */
export function addLists(environment: Environment): void {
  environment
    .registerFunction('list.isSorted(): bool', (list: ListValue) =>
      [...list].every((item, index, all) => index === 0 || !isMore(all[index - 1], item)),
    )
    .registerFunction('list.sum(): dyn', (list: ListValue) => [...list].reduce(add, undefined) ?? 0n)
    .registerFunction('list.min(): dyn', (list: ListValue) => pick(list, 'min', (a, b) => isMore(a, b)))
    .registerFunction('list.max(): dyn', (list: ListValue) => pick(list, 'max', (a, b) => isMore(b, a)))
    .registerFunction('list.indexOf(dyn): int', (list: ListValue, item: unknown) =>
      BigInt([...list].findIndex((one) => sameValue(one, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: ListValue, item: unknown) =>
      BigInt([...list].findLastIndex((one) => sameValue(one, item))),
    );
}

function isMore(a: unknown, b: unknown): boolean {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a > b;
  if (typeof a === 'string' && typeof b === 'string') return a > b;
  // Numbers, truth values, times and durations; the last two have a `valueOf` in milliseconds.
  return Number(a) > Number(b);
}

function add(sum: unknown, item: unknown): unknown {
  if (sum === undefined) return item;
  if (typeof sum === 'bigint' && typeof item === 'bigint') return sum + item;
  if (typeof sum === 'number' && typeof item === 'number') return sum + item;
  if (isAddable(sum)) return sum.addDuration(item);
  throw new Error('no such overload: sum() of a list that holds neither numbers nor durations');
}

function isAddable(value: unknown): value is { addDuration(other: unknown): unknown } {
  return typeof value === 'object' && value !== null && 'addDuration' in value;
}

function pick(list: ListValue, name: string, replaces: (best: unknown, item: unknown) => boolean): unknown {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, item) => (replaces(best, item) ? item : best), first);
}
