/** Tests against the real OpenClaw releases and the real nginx. `node test/openclaw/install.mjs` puts the releases on the machine. */
const unit = require('./jest.config.cjs');

module.exports = {
  ...unit,
  roots: ['<rootDir>/test/openclaw'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 30_000,
};
