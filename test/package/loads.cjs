// Renders the instance with every feature in a process of its own and prints, as JSON, which files were loaded for it.
//
// usage: node loads.cjs MODULE [props]; with `props`, an OpenClaw construct is made as well
const { join } = require('node:path');
const { loadTypeScript } = require('../constructs/load-typescript.cjs');
const { full } = require('../bench/instances.cjs');

const [path, props] = process.argv.slice(2);
if (path.endsWith('.ts')) loadTypeScript();
const { OpenClaw, render, resolve } = require(path);
const { App, Chart } = require('cdk8s');

const resolution = resolve(full('alice'));
const manifests = render(resolution.instance);
if (props === 'props') {
  const openclaw = new OpenClaw(new Chart(new App(), 'chart'), 'alice', { image: { tag: '2026.9.6' }, env: { A: 'b' } });
  if (openclaw.serviceAccount.name !== 'alice' || openclaw.configMap.name !== 'alice-config') throw new Error('other names than expected');
}
const files = Object.keys(require.cache).filter((file) => !file.startsWith(join(__dirname, '..')));
process.stdout.write(JSON.stringify({ objects: manifests.length, files }));
