/**
 * Finds clusters with the compiled package and asks them who we are: `node whoami.cjs LIB`. Each line of stdin is a question in JSON, `env` and
 * the options of `findCluster`; each line of stdout answers one. With `rewrite` it asks once, writes a file, and asks again.
 */
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');

const [lib] = process.argv.slice(2);
const { findCluster } = require(join(lib, 'controller/api/find-cluster.js'));
const { HttpApi } = require(join(lib, 'controller/api/http-api.js'));
const { systemClock } = require(join(lib, 'gitops/git/clock.js'));
const { openFence } = require(join(lib, 'gitops/git/fence.js'));

async function whoami(api) {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  try {
    const reviewed = await api.request({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body });
    return reviewed.body.status.userInfo;
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

async function find({ rewrite, ...options }) {
  const access = await findCluster(options);
  const api = new HttpApi({ access, clock: systemClock, fence: openFence });
  const first = await whoami(api);
  let second;
  if (rewrite) {
    writeFileSync(rewrite.file, rewrite.text);
    // Credentials that were refused a moment ago are not asked for again at once.
    await sleep(1100);
    second = await whoami(api);
  }
  const tls = await access.credentials().then(
    (credentials) => credentials.tls,
    () => undefined,
  );
  api.close();
  return { server: access.server, namespace: access.namespace, first, second, tls };
}

async function answer(line) {
  const { env, ...question } = JSON.parse(line);
  Object.assign(process.env, env);
  const found = await find(question).catch((error) => ({ error: error.message }));
  for (const name of Object.keys(env)) delete process.env[name];
  console.log(JSON.stringify(found));
}

async function answerAll() {
  for await (const line of createInterface({ input: process.stdin })) await answer(line);
}

void answerAll();
