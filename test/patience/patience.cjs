// How much longer than on the machine that deadlines were written for a test must wait here. It serves jest's configuration too, which
// reads no TypeScript.
const { spawnSync } = require('node:child_process');

/** The factor, for every process of a run: measured by the first one, or given. */
const VARIABLE = 'OPENCLAW_TEST_PATIENCE';

/** What the work below takes on two quiet cores of the machine that deadlines were written for. */
const REFERENCE_MS = 150;

/** A machine that seems slower than that was disturbed while it was measured; a deadline stays one. */
const MOST = 10;

/** A start of node and some arithmetic, objects and texts: what servers and their tests do while they start. */
const WORK = `
let text = '';
for (let round = 0; round < 40; round += 1) {
  const rows = Array.from({ length: 1000 }, (_, at) => ({ at, name: 'row ' + (at * round) % 977 }));
  text = JSON.stringify(JSON.parse(JSON.stringify(rows)).sort((a, b) => (a.name < b.name ? -1 : 1)));
}
if (text.length === 0) process.exit(1);
`;

/** Milliseconds for two processes at once, so that the second core counts. */
function workMs() {
  const begun = performance.now();
  const { status } = spawnSync('sh', ['-c', '"$0" -e "$1" & "$0" -e "$1"; wait', process.execPath, WORK], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`the work that measures this machine ended with ${status}`);
  return performance.now() - begun;
}

/** The lesser of two: what disturbs one of them is no property of the machine. */
function measured() {
  const ms = Math.min(workMs(), workMs());
  return Math.round(Math.min(MOST, Math.max(1, ms / REFERENCE_MS)) * 10) / 10;
}

function patience() {
  process.env[VARIABLE] ??= String(measured());
  const factor = Number(process.env[VARIABLE]);
  if (!(factor >= 1)) throw new Error(`${VARIABLE}=${process.env[VARIABLE]}: a number of at least 1 is wanted`);
  return factor;
}

const patient = (milliseconds) => Math.ceil(milliseconds * patience());

module.exports = { patience, patient };
