// Prints the files with tests that failed, by a report of jest, one a line. Nothing where there are more than a few: then it is no accident.
import { existsSync, readFileSync } from 'node:fs';

const MOST = 3;

const report = process.argv[2] ?? '';
const { testResults } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { testResults: [] };
const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
if (failed.length <= MOST) for (const name of failed) console.log(name);
