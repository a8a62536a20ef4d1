/** Tests of whole pods: our programs in a box with a hostile volume, and the proxy under a flood of slow clients. */
const unit = require('./jest.config.cjs');

module.exports = {
  ...unit,
  roots: ['<rootDir>/test/pods'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
  // A skipped test says why in its title.
  verbose: true,
};
