/** Tests with the real git and real servers: files, HTTPS and SSH. */
const unit = require('./jest.config.cjs');

module.exports = {
  ...unit,
  roots: ['<rootDir>/test/gitops/real'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
  // A skipped test says why in its title.
  verbose: true,
};
