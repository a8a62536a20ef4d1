import type { TreeStore } from '../../../gitops/publish/tree-store';

/** What a publisher asks of a store on its way to a commit. */
export type StoreStep = 'lsRemote' | 'fetchTip' | 'commit' | 'push';
export const STORE_STEPS: readonly StoreStep[] = ['lsRemote', 'fetchTip', 'commit', 'push'];

/** Called around every step; what it returns is waited for. */
interface Around {
  readonly before?: (step: StoreStep) => unknown;
  readonly after?: (step: StoreStep) => unknown;
}

/** A store with something that happens around its steps. */
export function around(store: TreeStore, { before, after }: Around): TreeStore {
  return new Proxy(store, {
    get: (target, name, receiver): unknown => {
      const value: unknown = Reflect.get(target, name, receiver);
      const step = STORE_STEPS.find((one) => one === name);
      if (step === undefined || typeof value !== 'function') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        await before?.(step);
        const result: unknown = await value.apply(target, args);
        await after?.(step);
        return result;
      };
    },
  });
}

/** A store whose process ends before or after its n-th step: nothing of it answers from then on. */
export function dying(store: TreeStore, n: number, when: 'before' | 'after'): { readonly store: TreeStore; readonly death: Promise<void> } {
  let steps = 0;
  let die!: () => void;
  const death = new Promise<void>((resolve) => (die = resolve));
  const end = async (now: boolean): Promise<void> => {
    if (!now) return;
    die();
    await new Promise(() => {});
  };
  const before = (): Promise<void> => {
    steps += 1;
    return end(steps > n || (steps === n && when === 'before'));
  };
  return { store: around(store, { before, after: () => end(steps >= n) }), death };
}
