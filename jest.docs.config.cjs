/** What pages tell a newcomer to do in an empty clone: it installs every package, so it stands apart from the unit tests. */
const unit = require('./jest.config.cjs');

module.exports = { ...unit, testMatch: ['**/test/docs/*.slow.ts'], testPathIgnorePatterns: ['/node_modules/'] };
