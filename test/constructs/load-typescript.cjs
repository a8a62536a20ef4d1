// Lets a plain node process load our TypeScript sources, without jest: where it matters what is loaded, or what the environment says.
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

function compile(module, filename) {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  // oxlint-disable-next-line no-underscore-dangle -- node's own name for it
  module._compile(code, filename);
}

/** From now on `require` reads our sources. */
function loadTypeScript() {
  require.extensions['.ts'] = compile;
}

module.exports = { loadTypeScript };
