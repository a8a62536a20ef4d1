/** So many readings of each byte are more than anything needs that looks at a text some dozen times, and far less than a square. */
const READINGS = 1500;

/** Time of the processor in milliseconds, so that what else the machine does counts for nothing. */
function processorTime(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function readAll(text: string): number {
  let sum = 0;
  for (let pass = 0; pass < 50; pass += 1) {
    for (let at = 0; at < text.length; at += 1) sum = (sum + text.charCodeAt(at)) % 65_521;
  }
  return sum;
}

/** What a linear work on `bytes` may cost here, in milliseconds: it is measured by reading as many bytes again and again. */
export function linearBound(bytes: number): number {
  const text = 'a'.repeat(bytes);
  const times = Array.from({ length: 3 }, () => processorTime(() => readAll(text)));
  return (Math.max(...times) / 50) * READINGS;
}

/** `linear`, or what it cost. The first try may have to wait for a compiler or a collector; the best of three counts. */
export function costOf(run: () => void, bound: number): string {
  let least = Infinity;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    least = Math.min(least, processorTime(run));
    if (least <= bound) return 'linear';
  }
  return `${Math.round(least)} ms, allowed ${Math.round(bound)} ms`;
}
