/** Tests against the real OpenClaw releases and the real nginx. `node test/openclaw/install.mjs` puts the releases on the machine. */
const unit = require('./jest.config.cjs');

module.exports = {
  ...unit,
  roots: ['<rootDir>/test/openclaw'],
  testPathIgnorePatterns: ['/node_modules/'],
  // A program such as config.mjs must not hide the module config.ts beside it.
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  // The CEL engine is an ES module, which jest loads into CommonJS only when it is transformed.
  transform: {
    ...unit.transform,
    '/@marcbachmann/cel-js/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/)'],
  testTimeout: 30_000,
  maxWorkers: 2,
};
