import type * as main from '@marcbachmann/cel-js';
import type * as evaluator from '@marcbachmann/cel-js/evaluator';

type Library = typeof main & typeof evaluator;

export type Environment = main.Environment;

let library: Library | undefined;

/** The CEL library costs 30 ms to load: it is loaded when the first rule runs. */
export function celLibrary(): Library {
  // A plain import would load it at once, and a dynamic one would make every caller asynchronous.
  if (library === undefined) {
    const loaded: Library = { ...require('@marcbachmann/cel-js'), ...require('@marcbachmann/cel-js/evaluator') };
    library = loaded;
  }
  return library;
}

const BILLION = 1_000_000_000n;

/** A CEL duration of so many nanoseconds. */
export function duration(nanoseconds: bigint): evaluator.Duration {
  const { Duration } = celLibrary();
  return new Duration(nanoseconds / BILLION, Number(nanoseconds % BILLION));
}

/** An optional value; none for undefined. */
export function optionalOf(value: unknown): main.Optional {
  return celLibrary().Optional.of(value);
}
