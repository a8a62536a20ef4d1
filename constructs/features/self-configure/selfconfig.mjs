// Reads the instance that an agent runs in, and asks for changes of it: `selfconfig.mjs VERB ARGUMENT...`, see `help`.
//
//   OPENCLAW_INSTANCE_NAME, OPENCLAW_NAMESPACE          which instance it is
//   KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT    the API server; the kubelet sets them
//   SELFCONFIG_ACCOUNT                                  the folder with token and ca.crt. Default: where the kubelet mounts them
//
// Prints JSON. Ends with 0, with 1 when the API server refuses, with 2 for a call that it does not understand.
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:https';

const ACCOUNT = process.env.SELFCONFIG_ACCOUNT ?? '/var/run/secrets/kubernetes.io/serviceaccount';
const API = 'openclaw.rocks/v1alpha1';
const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const HELP = `selfconfig VERB ARGUMENT...\n
  get-instance               the spec and status of your instance
  get-config                 openclaw.json as your operator writes it
  get-secret NAME            a Secret that your environment comes from
  add-skill SKILL...         ask for skills
  remove-skill SKILL...
  config-patch JSON          ask for an object to be merged into the configuration
  add-env NAME VALUE         ask for an environment variable, in plain text
  remove-env NAME...
  add-file PATH CONTENT      ask for a file in the workspace; CONTENT - reads standard input
  remove-file PATH...
  status NAME                what became of a request
  list                       your requests
  help                       this text
`;

class UsageError extends Error {}

function variable(name) {
  const value = process.env[name];
  if (!value) throw new UsageError(`the variable ${name} is not set: is spec.selfConfigure switched on?`);
  return value;
}

/** A segment of a path. A name with a slash, or a dot alone, would lead elsewhere. */
function segment(name) {
  if (name === '.' || name === '..') throw new UsageError(`"${name}" is no name of an object`);
  return encodeURIComponent(name);
}

function call(method, path, body) {
  const headers = { authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8').trim()}`, accept: 'application/json' };
  const text = body === undefined ? undefined : JSON.stringify(body);
  if (text !== undefined) Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  const options = {
    method,
    path,
    headers,
    host: process.env.KUBERNETES_SERVICE_HOST ?? 'kubernetes.default.svc',
    port: process.env.KUBERNETES_SERVICE_PORT ?? '443',
    ca: readFileSync(`${ACCOUNT}/ca.crt`),
    // Of our own: no proxy of the environment stands between us and the API server.
    agent: new Agent(),
    timeout: TIMEOUT_MS,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (answer) => {
      const chunks = [];
      let bytes = 0;
      answer.on('data', (chunk) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) sent.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} seconds`)));
    sent.on('error', reject);
    sent.end(text);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

async function ask(method, path, body) {
  const { status, text } = await call(method, path, body);
  const answer = parsed(text);
  if (status >= 400) throw new Error(`${method} ${path}: ${status} ${answer.message ?? text}`);
  return answer;
}

const core = (plural, name) => `/api/v1/namespaces/${segment(variable('OPENCLAW_NAMESPACE'))}/${plural}/${segment(name)}`;
const ours = (plural, name) =>
  `/apis/${API}/namespaces/${segment(variable('OPENCLAW_NAMESPACE'))}/${plural}${name === undefined ? '' : `/${segment(name)}`}`;

/** What changes of a request while it is worked on, and what it asked for. */
const brief = ({ metadata, spec, status = {} }) => ({ name: metadata.name, created: metadata.creationTimestamp, spec, status });

/** Makes a request. Its name sorts by time. */
async function propose(change) {
  const instanceRef = variable('OPENCLAW_INSTANCE_NAME');
  const name = `sc-${Date.now()}-${randomBytes(4).toString('hex')}`;
  const made = await ask('POST', ours('openclawselfconfigs'), {
    apiVersion: API,
    kind: 'OpenClawSelfConfig',
    metadata: { name },
    spec: { instanceRef, ...change },
  });
  return brief(made);
}

function object(text) {
  const value = parsed(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || (value.message === text && !text.trimStart().startsWith('{'))) throw new UsageError('config-patch needs a JSON object');
  return value;
}

/** The least and the greatest number of arguments, and what is done. */
const VERBS = {
  'get-instance': [0, 0, () => ask('GET', ours('openclawinstances', variable('OPENCLAW_INSTANCE_NAME')))],
  'get-config': [
    0,
    0,
    async () => parsed((await ask('GET', core('configmaps', `${variable('OPENCLAW_INSTANCE_NAME')}-config`))).data['openclaw.json']),
  ],
  'get-secret': [1, 1, (name) => ask('GET', core('secrets', name))],
  status: [1, 1, async (name) => brief(await ask('GET', ours('openclawselfconfigs', name)))],
  list: [
    0,
    0,
    async () => {
      const { items } = await ask('GET', ours('openclawselfconfigs'));
      return items.filter(({ spec }) => spec.instanceRef === variable('OPENCLAW_INSTANCE_NAME')).map(brief);
    },
  ],
  'add-skill': [1, 10, (...addSkills) => propose({ addSkills })],
  'remove-skill': [1, 10, (...removeSkills) => propose({ removeSkills })],
  'config-patch': [1, 1, (text) => propose({ configPatch: object(text) })],
  'add-env': [2, 2, (name, value) => propose({ addEnvVars: [{ name, value }] })],
  'remove-env': [1, 10, (...removeEnvVars) => propose({ removeEnvVars })],
  // A path that is called __proto__ has to stay a key.
  'add-file': [
    2,
    2,
    (path, text) => propose({ addWorkspaceFiles: Object.fromEntries([[path, text === '-' ? readFileSync(0, 'utf8') : text]]) }),
  ],
  'remove-file': [1, 10, (...removeWorkspaceFiles) => propose({ removeWorkspaceFiles })],
};

async function main([verb = 'help', ...given]) {
  if (verb === 'help' || verb === '--help') return HELP;
  if (!Object.hasOwn(VERBS, verb)) throw new UsageError(`there is no "${verb}"; "help" lists what there is`);
  const [least, most, run] = VERBS[verb];
  if (given.length < least || given.length > most) {
    throw new UsageError(`${verb} takes ${least === most ? least : `${least} to ${most}`} arguments and got ${given.length}; see "help"`);
  }
  return `${JSON.stringify(await run(...given), null, 2)}\n`;
}

try {
  process.stdout.write(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`selfconfig: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
