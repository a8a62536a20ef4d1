/** What is too slow for every save: what pages tell a newcomer to do in an empty clone, and whole programs that are started many times. */
const unit = require('./jest.config.cjs');

module.exports = { ...unit, testMatch: ['**/test/**/*.slow.ts'], testPathIgnorePatterns: ['/node_modules/'] };
