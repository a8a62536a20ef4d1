// Answers the kubelet from a thread of its own: so it is answered while the event loop of the controller is blocked, and told for how long.
// No ES module: node's loader of those would take 5 MiB more in this thread.
const { createServer } = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');

const { port, host, blockedMs, answerMs } = workerData;

/** @type {import('./health').Health} */
let health = { isAlive: true, waitsFor: [], missingRights: [] };
let isNew = true;
let heardAt = performance.now();
const waiting = [];

/** @param {object} message */
function tell(message) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort.postMessage(message);
}

parentPort.on('message', (newest) => {
  health = newest;
  isNew = false;
  heardAt = performance.now();
  for (const wake of waiting.splice(0)) wake();
});

/** Resolves with the next word of the controller, or when it has had its time. */
function news() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, answerMs);
    waiting.push(() => {
      clearTimeout(timer);
      resolve();
    });
    tell({ ask: true });
  });
}

function lines(isWell, more) {
  const silentMs = performance.now() - heardAt;
  if (silentMs > blockedMs) return [503, ['503', `the event loop has been blocked for ${Math.round(silentMs / 1000)} s`]];
  return isWell() ? [200, ['ok', ...more()]] : [503, ['503', ...more()]];
}

function aboutReadiness() {
  const { waitsFor, leads, missingRights, warnings = [] } = health;
  return [
    ...waitsFor.map((what) => `waits for ${what.replaceAll(/\s+/g, ' ')}`),
    ...(leads === undefined ? [] : [`leader: ${leads ? 'yes' : 'no'}`]),
    ...missingRights.map((right) => `missing right: ${right}`),
    ...warnings.map((what) => `warning: ${what}`),
  ];
}

async function answer(url) {
  if (url !== '/healthz' && url !== '/readyz') return [404, ['404']];
  await news();
  return url === '/healthz'
    ? lines(
        () => health.isAlive,
        () => (health.isAlive ? [] : ['nothing was heard of the API server for five minutes']),
      )
    : lines(() => !isNew && health.waitsFor.length === 0, aboutReadiness);
}

const server = createServer(async ({ url }, response) => {
  const [status, texts] = await answer(url);
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${texts.join('\n')}\n`);
});
server.on('error', ({ message, code }) => tell({ failed: { message, code } }));
server.listen(port, host, () => tell({ listening: server.address().port }));
