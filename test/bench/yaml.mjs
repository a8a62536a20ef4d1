// How much faster YAML is written than by cdk8s, and whether it is the same text. `npm run build` first.
//
// usage: node test/bench/yaml.mjs [--json] [--lib FOLDER]
import { createRequire } from 'node:module';
import { dirname, join, resolve as absolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { full } from './instances.cjs';
import { measure } from './measure.mjs';

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, lib: { type: 'string', default: join(root, 'lib') } } });
const lib = join(absolute(options.lib), 'constructs');
const { Yaml } = require('cdk8s');
const { render, resolve } = require(join(lib, 'index.js'));
const { writeYaml } = require(join(lib, 'wire', 'yaml', 'write-yaml.js'));
require('../constructs/load-typescript.cjs').loadTypeScript();
const { NASTY_STRINGS, nastyObject } = require('../constructs/wire/yaml/nasty.ts');
const { sample } = require('fast-check');

/** Random documents are the same in every run. */
const SEED = 20260801;

const { instance } = resolve(full('bench'));
const manifests = render(instance);

/** Each nasty string as a value, in a list, and as a key; and random documents of them. */
const nasty = [
  ...NASTY_STRINGS.flatMap((text) => [
    { value: text, list: [text, { deep: [text] }] },
    { [text]: 1, deep: { [text]: text } },
  ]),
  ...sample(nastyObject, { seed: SEED, numRuns: 1000 }),
];

function different(documents) {
  return documents.filter((document) => writeYaml(document) !== Yaml.stringify(document)).length;
}

/** How often cdk8s takes the time of ours. */
function speed(documents, batch) {
  const { ours, theirs } = measure(
    {
      ours: { run: () => documents.forEach((document) => writeYaml(document)) },
      theirs: { run: () => documents.forEach((document) => Yaml.stringify(document)) },
    },
    { rounds: 10, batch, warmUp: 1000 },
  );
  return { ratio: theirs.ratio, milliseconds: ours.milliseconds };
}

const results = {
  documents: nasty.length + manifests.length,
  different: different(nasty) + different(manifests),
  manifests: speed(manifests, 5),
  nasty: speed(nasty, 1),
};

if (options.json) {
  console.log(JSON.stringify(results));
} else {
  console.log(`${results.documents} documents, ${results.different} of them different from the text of cdk8s`);
  console.log(
    `cdk8s / ours, manifests of an instance: ${results.manifests.ratio.toFixed(1)}  (${results.manifests.milliseconds.toFixed(3)} ms)`,
  );
  console.log(`cdk8s / ours, nasty strings:            ${results.nasty.ratio.toFixed(1)}  (${results.nasty.milliseconds.toFixed(3)} ms)`);
}
