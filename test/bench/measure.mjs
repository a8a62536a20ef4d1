// How the benchmarks measure: in rounds in which the functions take turns, by the processor time of this process, so that neither a loaded
// machine nor a slow minute decides. Threads of the garbage collector count.

/** Milliseconds of warming up, for each function: the compiler of node takes its time, and a controller runs for days. */
const WARM_UP = 2000;

const ROUNDS = 60;

/** Calls of one function in one round. */
const BATCH = 20;

/** @param {() => void} work @returns {number} milliseconds of processor time */
export function processorTime(work) {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** @param {readonly number[]} numbers */
export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/**
 * Milliseconds of one call of each function, and how often that is the time of the first one: the median of the ratios of each round.
 *
 * @param {Readonly<Record<string, { prepare?: () => unknown, run: (input: unknown) => unknown }>>} functions `prepare` makes the input of a
 *   call; it is not counted
 * @returns {Record<string, { milliseconds: number, ratio: number }>}
 */
export function measure(functions, { rounds = ROUNDS, batch = BATCH, warmUp = WARM_UP } = {}) {
  const names = Object.keys(functions);
  for (const name of names) warm(functions[name], batch, warmUp);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) times[name].push(timeOf(functions[name], batch));
  }
  const first = times[names[0]];
  const ratio = (name) => median(times[name].map((time, round) => time / first[round]));
  return Object.fromEntries(names.map((name) => [name, { milliseconds: median(times[name]), ratio: ratio(name) }]));
}

function warm(one, batch, warmUp) {
  const start = performance.now();
  while (performance.now() - start < warmUp) timeOf(one, batch);
}

function timeOf({ prepare = () => undefined, run }, batch) {
  const inputs = Array.from({ length: batch }, () => prepare());
  return (
    processorTime(() => {
      for (const input of inputs) run(input);
    }) / batch
  );
}
