// How near rendering runs to the cost of the plain objects themselves. `npm run build` first.
//
// usage: node test/bench/render.mjs [--json] [--lib FOLDER]
//
// Prints ratios of one run, of interleaved rounds: absolute times move with the machine, ratios hardly.
import { createRequire } from 'node:module';
import { dirname, join, resolve as absolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { builderOf } from './floor.mjs';
import { full, minimal } from './instances.cjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, lib: { type: 'string', default: join(root, 'lib') } } });
const { App } = createRequire(import.meta.url)('cdk8s');
const { OpenClawChart, render, resolve } = createRequire(import.meta.url)(join(absolute(options.lib), 'constructs', 'index.js'));

const ROUNDS = 60;
const BATCH = 20;

/** Milliseconds of warming up, for each function: the compiler of node takes its time, and a controller runs for days. */
const WARM_UP = 2000;

function instanceOf(written) {
  const resolution = resolve(written);
  if (!resolution.ok) throw new Error(resolution.issues.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return resolution.instance;
}

/** Milliseconds of processor time, so that other programs on the machine hardly count. Threads of the garbage collector do count. */
function processorTime(work) {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

function repeated(work, count) {
  return () => {
    for (let call = 0; call < count; call += 1) work();
  };
}

/** Milliseconds of one call of each function, over rounds in which they take turns. */
function measure(functions) {
  const names = Object.keys(functions);
  for (const name of names) {
    const start = performance.now();
    while (performance.now() - start < WARM_UP) functions[name]();
  }
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of names) times[name].push(processorTime(repeated(functions[name], BATCH)) / BATCH);
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}

function compare(written) {
  const instance = instanceOf(written);
  const manifests = render(instance);
  const build = builderOf(JSON.parse(JSON.stringify(manifests)), written.metadata.name);
  const text = JSON.stringify(manifests);
  if (JSON.stringify(build()) !== text) throw new Error('the floor builds other objects than the engine renders');
  const times = measure({
    floor: () => JSON.stringify(build()),
    render: () => JSON.stringify(render(instance)),
    resolve: () => resolve(written),
  });
  return {
    objects: manifests.length,
    kilobytes: Math.round(text.length / 1024),
    milliseconds: times,
    render: times.render / times.floor,
    resolve: times.resolve / times.floor,
  };
}

/** 1,000 instances, each in a throw-away App as the controller has them, against one. */
function manyApps(count) {
  const instances = Array.from({ length: count }, (_, index) => instanceOf(full(`bench-${index}`)));
  const all = () => {
    for (const instance of instances) JSON.stringify(render(instance));
  };
  const one = () => JSON.stringify(render(instances[0]));
  return manyAgainstOne(all, one, count);
}

function chartsOf(instances) {
  const app = new App();
  return instances.map((instance) => new OpenClawChart(app, instance.name, { instance }));
}

/** 1,000 charts in one App, as `cdk8s synth` has them, against an App of one. */
function oneApp(count) {
  const instances = Array.from({ length: count }, (_, index) => instanceOf(full(`bench-${index}`)));
  const all = () => chartsOf(instances).forEach((chart) => JSON.stringify(chart.toJson()));
  const one = () => chartsOf(instances.slice(0, 1)).forEach((chart) => JSON.stringify(chart.toJson()));
  return manyAgainstOne(all, one, count);
}

function manyAgainstOne(all, one, count) {
  const same = repeated(one, count);
  same();
  all();
  return median([1, 2, 3].map(() => (processorTime(all) / processorTime(same)) * count));
}

const results = {
  full: compare(full('bench')),
  minimal: compare(minimal('bench')),
  manyApps: manyApps(1000),
  oneApp: oneApp(1000),
};

if (options.json) {
  console.log(JSON.stringify(results));
} else {
  for (const name of ['full', 'minimal']) {
    const { objects, kilobytes, milliseconds, render: rendering, resolve: resolving } = results[name];
    console.log(`${name}: ${objects} objects, ${kilobytes} KB`);
    console.log(`  floor (plain objects + JSON.stringify)  ${milliseconds.floor.toFixed(3)} ms`);
    console.log(`  render + JSON.stringify / floor         ${rendering.toFixed(2)}  (${milliseconds.render.toFixed(3)} ms)`);
    console.log(`  resolve / floor                         ${resolving.toFixed(2)}  (${milliseconds.resolve.toFixed(3)} ms)`);
  }
  console.log(`1,000 instances / one, an App each: ${results.manyApps.toFixed(0)}`);
  console.log(`1,000 instances / one, one App:     ${results.oneApp.toFixed(0)}`);
}
