const { availableParallelism } = require('node:os');
const { patience } = require('./test/patience/patience.cjs');

// Measured here, before any test keeps the machine busy; every process of the run inherits it.
patience();

/** Unit tests: no cluster, no Go, no root. The suites of real parts have configurations of their own. */
module.exports = {
  // What hangs ends; a machine that is busy with other work is no reason to fail.
  testTimeout: 30_000,
  testEnvironment: '<rootDir>/test/patience/environment.ts',
  // Jest leaves a core free, which on two cores means one process for everything.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  moduleFileExtensions: ['ts', 'js', 'cjs', 'json', 'node'],
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/cluster/',
    '<rootDir>/test/argo/',
    '<rootDir>/test/flux/',
    '<rootDir>/test/openclaw/',
    '<rootDir>/test/pods/',
    '<rootDir>/test/gitops/real/',
  ],
  modulePathIgnorePatterns: ['<rootDir>/lib/', '<rootDir>/.cache/', '<rootDir>/dist/'],
  // The CEL library is an ES module. Node loads it by require; jest cannot, so it is compiled as our own files are.
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/)'],
  transform: {
    '^.+\\.[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
    ],
  },
};
