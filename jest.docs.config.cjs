/**
 * What is too slow for every save: what pages tell a newcomer to do in an empty clone, whole programs that are started many times,
 * random and hostile input by the thousand, and how time grows with it.
 */
const unit = require('./jest.config.cjs');

module.exports = { ...unit, testMatch: ['**/test/**/*.slow.ts'], testPathIgnorePatterns: ['/node_modules/'] };
