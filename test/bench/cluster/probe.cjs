// Loaded before the controller that the benchmark watches (`node --require`), so that the product needs no hook for it. Counts passes, and answers
// the benchmark over the channel of the child process: `{ id, command, file? }` gives `{ id, answer }`.
const { join } = require('node:path');
const { Session } = require('node:inspector/promises');
const { writeFileSync } = require('node:fs');

const load = (path) => require(join(process.env.BENCH_LIB, path));
const { Controller } = load('controller/process/controller.js');
const { Reconciler } = load('controller/process/reconciler.js');

let controller;
let passes = 0;
let profiler;

const { start } = Controller.prototype;
Controller.prototype.start = async function () {
  controller = this;
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
      controller.wakeAll();
      await controller.idle();
    }
  },
  async settled() {
    await controller.settled();
  },
  /** What is reachable after a full collection. */
  heap() {
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapUsed, external, rss };
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
