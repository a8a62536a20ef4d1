// Prints `N passed, N failed, N skipped` over the jest reports in a folder, as the last line of a CI run. A part that left no
// report (it was stopped, or an earlier step of it failed) counts as one failure. Exits 1 if anything failed.
//
// A part may have a second report, of its files that failed and were run once more: what they did then counts, and above the last line each of their
// tests that failed at first is named, since it wants to be mended.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const folder = process.argv[2] ?? '.';
const names = readFileSync(join(folder, 'expected'), 'utf8').split('\n').filter(Boolean);
const sum = { passed: 0, failed: 0, skipped: 0 };
const told = [];

for (const name of names) {
  const results = resultsIn(`${name}.json`);
  if (results === undefined) {
    console.log(`${name}: no test report`);
    sum.failed += 1;
    continue;
  }
  const second = new Map(resultsIn(`${name}.again.json`)?.map((result) => [result.name, result]));
  for (const first of results) {
    const again = second.get(first.name);
    // What is left out when few files run has not passed.
    const isMended = again !== undefined && failuresOf(again).length === 0 && count(again, 'skipped') <= count(first, 'skipped');
    const last = isMended ? again : first;
    sum.passed += count(last, 'passed');
    sum.failed += failuresOf(last).length;
    sum.skipped += count(last, 'skipped');
    told.push(
      ...failuresOf(first).map((title) => `${isMended ? 'passed at the second try' : 'failed'}: ${relative('.', first.name)}: ${title}`),
    );
  }
}

// At the end, since people who look at a run read that first.
for (const line of told) console.log(line);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 ? 1 : 0;

function resultsIn(file) {
  const path = join(folder, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : undefined;
}

function count({ assertionResults }, what) {
  return assertionResults.filter(({ status }) => (what === 'skipped' ? !['passed', 'failed'].includes(status) : status === what)).length;
}

/** The titles of tests that failed. A file that does not load has no tests to name. */
function failuresOf({ status, assertionResults }) {
  const titles = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
  return status === 'failed' && titles.length === 0 ? ['does not load'] : titles;
}
