// A writer in a process of its own, so that it can be killed: publishes what the file says and prints the results.
// node writer.cjs REQUESTS.json URL [APPROVAL]
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, file) => {
  const options = { filename: file, jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } };
  module._compile(transformSync(readFileSync(file, 'utf8'), options).code, file);
};

const source = join(__dirname, '..', '..', '..');
const { createGit } = require(join(source, 'gitops/git/git.ts'));
const { Repository } = require(join(source, 'gitops/publish/repository.ts'));
const { Publisher } = require(join(source, 'gitops/publish/publisher.ts'));
const { systemClock } = require(join(source, 'gitops/git/clock.ts'));
const { openFence } = require(join(source, 'gitops/git/fence.ts'));

async function main([, , requests, url, approval]) {
  const repository = new Repository(createGit({ url, branch: 'main', allow: ['file'] }), { createBranch: true });
  const publisher = new Publisher({
    repository,
    clock: systemClock,
    fence: openFence,
    engine: '1.2.3',
    approval,
    times: { quiet: 0, longest: 0 },
  });
  const results = await Promise.all(JSON.parse(readFileSync(requests, 'utf8')).map((request) => publisher.publish(request)));
  await publisher.close();
  console.log(JSON.stringify(results));
}

void main(process.argv);
