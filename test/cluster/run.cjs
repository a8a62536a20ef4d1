// Runs a TypeScript program of this folder with plain node: `node test/cluster/run.cjs NAME [ARG...]`; `../NAME/NAME` is one of a sibling.
// Node 20 does not read TypeScript, so swc (which jest uses too) turns each file into JavaScript as it is required.
const { transformFileSync } = require('@swc/core');
const { join } = require('node:path');

require.extensions['.ts'] = (module, file) => {
  const { code } = transformFileSync(file, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
    swcrc: false,
  });
  // oxlint-disable-next-line no-underscore-dangle -- node's name for it
  module._compile(code, file);
};

const [name] = process.argv.splice(2, 1);
if (!/^(?:\.\.\/[a-z-]+\/)?[a-z-]+$/.test(name ?? '')) throw new Error('run.cjs: name a program of test/cluster, for example "start"');
require(join(__dirname, `${name}.ts`));
