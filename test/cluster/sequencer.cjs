// The order of the cluster tests: that of jest, and last the file that looks at what all others have asked of the server.
const { readdirSync } = require('node:fs');
const { dirname, join } = require('node:path');
// Jest's own one, which it brings along.
const { default: Sequencer } = require(
  require.resolve('@jest/test-sequencer', { paths: [dirname(require.resolve('jest-config', { paths: [require.resolve('jest')] }))] }),
);

const LAST = join(__dirname, 'rights-used.test.ts');

/** For that file: whether every cluster test runs, so that there is nothing that was not asked. Whoever sets it says so. */
const WHOLE = 'OPENCLAW_TEST_WHOLE_SUITE';

class LastOneLast extends Sequencer {
  sort(tests) {
    const all = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
    process.env[WHOLE] ??= String(tests.length >= all.length);
    const sorted = [...super.sort(tests)];
    return [...sorted.filter(({ path }) => path !== LAST), ...sorted.filter(({ path }) => path === LAST)];
  }
}

module.exports = LastOneLast;
