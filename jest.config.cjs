/** Unit tests: no cluster, no Go, no root. The cluster suite has a configuration of its own. */
module.exports = {
  testEnvironment: 'node',
  moduleFileExtensions: ['ts', 'js', 'cjs', 'json', 'node'],
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/cluster/',
    '<rootDir>/test/flux/',
    '<rootDir>/test/openclaw/',
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
