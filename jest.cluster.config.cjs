/** Tests against a real API server, started once for all of them. `npm run cluster:build` puts its programs on the machine. */
const unit = require('./jest.config.cjs');

module.exports = {
  ...unit,
  roots: ['<rootDir>/test/cluster'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/cluster/setup.ts',
  testSequencer: '<rootDir>/test/cluster/sequencer.cjs',
  globalTeardown: '<rootDir>/test/cluster/teardown.ts',
  // Pods take seconds to become ready on a busy machine.
  testTimeout: 60_000,
  // A skipped test says why in its title.
  verbose: true,
};
