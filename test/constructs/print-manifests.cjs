// Prints the full instance as JSON of ours and as YAML of cdk8s, one object of it changed by a patch.
const { loadTypeScript } = require('./load-typescript.cjs');

loadTypeScript();

const { App, JsonPatch } = require('cdk8s');
const { OpenClawChart, render, resolve } = require('../../constructs/index.ts');
const { full } = require('../bench/instances.cjs');

const { instance } = resolve(full('alice'));
const app = new App();
new OpenClawChart(app, 'alice', { instance }).node.findChild('Service').addJsonPatch(JsonPatch.add('/spec/sessionAffinity', 'ClientIP'));
process.stdout.write(`${JSON.stringify(render(instance))}\n${app.synthYaml()}`);
