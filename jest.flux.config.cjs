/** Tests of Git mode with the real Flux on a real API server. `npm run flux:build` puts Flux on the machine. */
const cluster = require('./jest.cluster.config.cjs');

module.exports = { ...cluster, roots: ['<rootDir>/test/flux'] };
