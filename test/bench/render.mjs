// How near rendering and resolving run to the cost of the plain objects themselves. `npm run build` first.
//
// usage: node test/bench/render.mjs [--json] [--lib FOLDER]
//
// Prints ratios of one run: absolute times move with the machine, ratios hardly.
import { createRequire } from 'node:module';
import { dirname, join, resolve as absolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { builderOf } from './floor.mjs';
import { full, minimal } from './instances.cjs';
import { measure, processorTime } from './measure.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, lib: { type: 'string', default: join(root, 'lib') } } });
const { App } = createRequire(import.meta.url)('cdk8s');
const { OpenClawChart, render, resolve } = createRequire(import.meta.url)(join(absolute(options.lib), 'constructs', 'index.js'));

function resolved(written) {
  const resolution = resolve(written);
  if (!resolution.ok) throw new Error(resolution.issues.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return resolution;
}

function instanceOf(written) {
  return resolved(written).instance;
}

/** As the controller and the command line do it: what the parts bound in `resolve` is taken over. */
function rendered({ instance, hosts }) {
  return JSON.stringify(render(instance, { hosts }));
}

function compare(written) {
  // Every call gets a document, or an instance, that was never seen before: what is kept between calls may only be what is constant.
  const document = JSON.stringify(written);
  const fresh = () => JSON.parse(document);
  const manifests = render(instanceOf(fresh()));
  const build = builderOf(JSON.parse(JSON.stringify(manifests)), written.metadata.name);
  const text = JSON.stringify(manifests);
  if (JSON.stringify(build()) !== text) throw new Error('the floor builds other objects than the engine renders');
  const times = measure({
    floor: { run: () => JSON.stringify(build()) },
    render: { prepare: () => resolved(fresh()), run: rendered },
    resolve: { prepare: fresh, run: (one) => resolve(one) },
    // What one instance costs from its document to JSON.
    both: { prepare: fresh, run: (one) => rendered(resolved(one)) },
  });
  return { objects: manifests.length, kilobytes: Math.round(text.length / 1024), ...times };
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
  const same = () => {
    for (let call = 0; call < count; call += 1) one();
  };
  same();
  all();
  const rounds = [1, 2, 3, 4].map(() => [processorTime(all), processorTime(same)]);
  const best = (which) => Math.min(...rounds.map((round) => round[which]));
  return (best(0) / best(1)) * count;
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
    const { objects, kilobytes, floor, render: rendering, resolve: resolving, both } = results[name];
    console.log(`${name}: ${objects} objects, ${kilobytes} KB`);
    console.log(`  floor (plain objects + JSON.stringify)  ${floor.milliseconds.toFixed(3)} ms`);
    console.log(`  render + JSON.stringify / floor         ${rendering.ratio.toFixed(2)}  (${rendering.milliseconds.toFixed(3)} ms)`);
    console.log(`  resolve / floor                         ${resolving.ratio.toFixed(2)}  (${resolving.milliseconds.toFixed(3)} ms)`);
    console.log(`  both / floor                            ${both.ratio.toFixed(2)}  (${both.milliseconds.toFixed(3)} ms)`);
  }
  console.log(`1,000 instances / one, an App each: ${results.manyApps.toFixed(0)}`);
  console.log(`1,000 instances / one, one App:     ${results.oneApp.toFixed(0)}`);
}
