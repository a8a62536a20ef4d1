// How the benchmarks measure: in rounds in which the functions take turns, by the processor time of this process, and the best round of each
// counts, so that neither a loaded machine nor a slow minute decides. Threads of the garbage collector count.

/** Milliseconds of processor time to warm up, for each function: the compiler of node takes its time, and a controller runs for days. */
const WARM_UP = 2000;

const ROUNDS = 40;

/** Calls of one function in one round: enough to pay for their garbage. */
const BATCH = 40;

/** @param {() => void} work @returns {number} milliseconds of processor time */
export function processorTime(work) {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/**
 * Milliseconds of one call of each function, and how often that is the time of the first one.
 *
 * @param {Readonly<Record<string, { prepare?: () => unknown, run: (input: unknown) => unknown }>>} functions `prepare` makes the input of a
 *   call. Every call gets one of its own, made before the first round: neither its cost nor that of its garbage counts
 * @returns {Record<string, { milliseconds: number, ratio: number }>}
 */
export function measure(functions, { rounds = ROUNDS, batch = BATCH, warmUp = WARM_UP } = {}) {
  const names = Object.keys(functions);
  for (const name of names) warm(functions[name], batch, warmUp);
  const inputs = Object.fromEntries(names.map((name) => [name, inputsOf(functions[name], rounds * batch)]));
  const best = Object.fromEntries(names.map((name) => [name, Infinity]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const some = inputs[name].slice(round * batch, (round + 1) * batch);
      best[name] = Math.min(best[name], timeOf(functions[name], some));
    }
  }
  return Object.fromEntries(names.map((name) => [name, { milliseconds: best[name], ratio: best[name] / best[names[0]] }]));
}

function inputsOf({ prepare = () => undefined }, count) {
  return Array.from({ length: count }, () => prepare());
}

function warm(one, batch, warmUp) {
  for (let time = 0; time < warmUp;) time += processorTime(() => timeOf(one, inputsOf(one, batch)));
}

function timeOf({ run }, inputs) {
  return (
    processorTime(() => {
      for (const input of inputs) run(input);
    }) / inputs.length
  );
}
