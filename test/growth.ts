/** Milliseconds of the processor that a piece of work takes: on a busy machine the clock goes on while others work. */
function processorTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Work that is shorter than this says nothing: the clock of the processor and the collector of garbage are as long. */
const SHORTEST_MS = 4;

/**
 * How many times as long work takes at eight times its size: about 8 where the time grows with the size, 64 where it grows with its
 * square. The least of three measurements, since what disturbs one of them is no property of the work.
 */
export function growth(work: (size: number) => void, size: number): number {
  let least = Infinity;
  for (let measurement = 0; measurement < 3 && least > LINEAR; measurement += 1) {
    const small = processorTime(() => work(size / 8));
    const large = processorTime(() => work(size));
    least = Math.min(least, large / Math.max(small, SHORTEST_MS));
  }
  return least;
}

/** A growth below this is not that of a square, even on a noisy machine. */
export const LINEAR = 32;
