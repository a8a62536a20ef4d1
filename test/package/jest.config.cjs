/** The package as users get it: packed, installed into an empty folder, loaded, type-checked, run. It asks the registry for dependencies. */
const { testEnvironment, transform, transformIgnorePatterns, moduleFileExtensions } = require('../../jest.config.cjs');

module.exports = {
  rootDir: '../..',
  roots: ['<rootDir>/test/package'],
  testEnvironment,
  testMatch: ['**/*.install.ts'],
  moduleFileExtensions,
  modulePathIgnorePatterns: ['<rootDir>/lib/', '<rootDir>/.cache/', '<rootDir>/dist/'],
  transform,
  transformIgnorePatterns,
  testTimeout: 120_000,
  verbose: true,
};
