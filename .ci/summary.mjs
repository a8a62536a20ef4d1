// Prints `N passed, N failed, N skipped` over the jest reports in a folder, as the last line of a CI run. A part that left no
// report (it was stopped, or an earlier step of it failed) counts as one failure. Exits 1 if anything failed.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const folder = process.argv[2] ?? '.';
const names = readFileSync(join(folder, 'expected'), 'utf8').split('\n').filter(Boolean);
const failures = [];
const sum = { passed: 0, failed: 0, skipped: 0 };

for (const name of names) {
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) {
    console.log(`${name}: no test report`);
    sum.failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  sum.passed += report.numPassedTests;
  // A file that does not load has no tests to count.
  sum.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  for (const { name: path, assertionResults } of report.testResults.filter(({ status }) => status === 'failed')) {
    const titles = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
    failures.push(...(titles.length > 0 ? titles : ['does not load']).map((title) => `${relative('.', path)}: ${title}`));
  }
  sum.skipped += report.numPendingTests + report.numTodoTests;
}

// At the end, since people who look at a run read that first.
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 ? 1 : 0;
