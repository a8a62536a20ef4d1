import type { Environment } from '../library';
import { sameValue } from './same-value';

type SetValue = Iterable<unknown>;

/** What stands before the dot in `sets.contains(...)`. */
class SetsNamespace {
  readonly name = 'sets';
}

/** `sets.contains`, `sets.equivalent`, `sets.intersects`. */
export function addSets(environment: Environment): void {
  environment
    .registerType('SetsNamespace', SetsNamespace)
    .registerConstant('sets', 'SetsNamespace', new SetsNamespace())
    .registerFunction('SetsNamespace.contains(list, list): bool', (_: SetsNamespace, all: SetValue, some: SetValue) => contains(all, some))
    .registerFunction(
      'SetsNamespace.equivalent(list, list): bool',
      (_: SetsNamespace, a: SetValue, b: SetValue) => contains(a, b) && contains(b, a),
    )
    .registerFunction('SetsNamespace.intersects(list, list): bool', (_: SetsNamespace, a: SetValue, b: SetValue) =>
      [...a].some((item) => has(b, item)),
    );
}

function contains(all: SetValue, some: SetValue): boolean {
  return [...some].every((item) => has(all, item));
}

function has(list: SetValue, item: unknown): boolean {
  for (const one of list) if (sameValue(one, item)) return true;
  return false;
}
