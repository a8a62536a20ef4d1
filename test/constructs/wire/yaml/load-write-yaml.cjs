// Loads the writer from its TypeScript source in a plain node process, where it can be seen which packages it loads.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, file) => {
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    filename: file,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  // oxlint-disable-next-line no-underscore-dangle -- node's own name for it
  module._compile(code, file);
};

module.exports = require(join(__dirname, '../../../../constructs/wire/yaml/write-yaml.ts'));
