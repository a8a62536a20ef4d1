/** Tests of Git mode with the real Argo CD on a real API server. `npm run argo:build` puts Argo CD on the machine. */
const cluster = require('./jest.cluster.config.cjs');

module.exports = { ...cluster, roots: ['<rootDir>/test/argo'] };
