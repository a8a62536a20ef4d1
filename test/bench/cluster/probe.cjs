// Loaded before the controller that the benchmark watches (`node --require`), so that the product needs no hook for it. Counts passes, and answers
// the benchmark over the channel of the child process: `{ id, command, file? }` gives `{ id, answer }`.
const { join } = require('node:path');
const { Session } = require('node:inspector/promises');
const { writeFileSync } = require('node:fs');
const { writeHeapSnapshot } = require('node:v8');

const load = (path) => require(join(process.env.BENCH_LIB, path));
const { InstanceLoop } = load('controller/process/instance-loop.js');
const { Reconciler } = load('controller/process/reconciler.js');

let loop;
let passes = 0;
let profiler;

const { start } = InstanceLoop.prototype;
InstanceLoop.prototype.start = async function () {
  loop = this;
  await start.call(this);
};

const { reconcile } = Reconciler.prototype;
Reconciler.prototype.reconcile = function (key) {
  passes += 1;
  return reconcile.call(this, key);
};

const commands = {
  read() {
    const { user, system } = process.cpuUsage();
    return { passes, cpuMs: (user + system) / 1000 };
  },
  /** A pass of every instance, as often as wished. */
  async passAll({ times }) {
    for (let time = 0; time < times; time++) {
      loop.wakeAll();
      await loop.idle();
    }
  },
  async settled() {
    await loop.settled();
  },
  /** What is reachable after a full collection. */
  heap() {
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapUsed, external, rss };
  },
  /** What is reachable, for Chrome's tools: who keeps what. */
  snapshot({ file }) {
    globalThis.gc();
    writeHeapSnapshot(file);
  },
  async startProfile() {
    profiler = new Session();
    profiler.connect();
    await profiler.post('Profiler.enable');
    await profiler.post('Profiler.start');
  },
  async stopProfile({ file }) {
    const { profile } = await profiler.post('Profiler.stop');
    profiler.disconnect();
    writeFileSync(file, JSON.stringify(profile));
  },
};

process.on('message', async ({ id, command, ...input }) => {
  try {
    process.send({ id, answer: (await commands[command](input)) ?? null });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
// The controller decides when it ends.
process.channel.unref();
