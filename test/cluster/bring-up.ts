import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api, ok, waitUntil } from './api';
import type { ClusterFiles } from './cluster';
import { installForeignCrds } from './foreign';
import { freePort } from './ports';
import type { Processes } from './processes';
import { controllerPrograms, missingPrograms } from './programs';
import { node, readinessGate, storageClass } from './furniture';

/** One event a request, when it is answered: the log is a true count of what was asked of the server. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted', 'Panic'],
  rules: [{ level: 'Metadata' }],
};

/** Starts every program in a folder and returns when the cluster works: a pod was scheduled and became ready. */
export async function bringUp(folder: string, processes: Processes): Promise<ClusterFiles> {
  const clientPort = await freePort();
  const peerPort = await freePort(clientPort);
  const securePort = await freePort(clientPort, peerPort);
  const files = writeFiles(folder, `https://127.0.0.1:${securePort}`);
  processes.start('etcd', etcdArgs(folder, clientPort, peerPort));
  processes.start('kube-apiserver', apiServerArgs(folder, clientPort, securePort, files.auditLog));
  await untilReady(files);
  const api = new Api(files);
  try {
    ok(await api.create(node));
    ok(await api.create(storageClass));
    await installForeignCrds(api);
    if (!missingPrograms(controllerPrograms)) {
      startControllers(folder, files.kubeconfig, processes);
      await untilPodsRun(api);
    }
  } finally {
    api.close();
  }
  return files;
}

function writeFiles(folder: string, url: string): ClusterFiles {
  const token = randomBytes(16).toString('hex');
  const caFile = join(folder, 'certs', 'apiserver.crt');
  const kubeconfig = join(folder, 'kubeconfig');
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  mkdirSync(join(folder, 'certs'));
  writeFileSync(join(folder, 'service-accounts.key'), privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'service-accounts.pub'), publicKey);
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, {
    mode: 0o600,
  });
  writeFileSync(join(folder, 'audit-policy.json'), JSON.stringify(auditPolicy));
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(url, token, caFile), undefined, 2), {
    mode: 0o600,
  });
  return { url, token, caFile, kubeconfig, auditLog: join(folder, 'audit.log'), folder };
}

function kubeconfigOf(url: string, token: string, caFile: string): object {
  const name = 'openclaw-test';
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}

function etcdArgs(folder: string, clientPort: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiServerArgs(folder: string, etcdPort: number, securePort: number, auditLog: string): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${securePort}`,
    `--cert-dir=${join(folder, 'certs')}`,
    // No pod will ever dial the `kubernetes` Service, and a loopback address may not be an endpoint.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'service-accounts.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'service-accounts.key')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    `--audit-policy-file=${join(folder, 'audit-policy.json')}`,
    `--audit-log-path=${auditLog}`,
  ];
}

function startControllers(folder: string, kubeconfig: string, processes: Processes): void {
  processes.start('kube-controller-manager', [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${join(folder, 'service-accounts.key')}`,
    `--root-ca-file=${join(folder, 'certs', 'apiserver.crt')}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--enable-hostpath-provisioner=true',
    '--secure-port=0',
  ]);
  processes.start('kube-scheduler', [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0']);
  const stages = join(__dirname, 'stages');
  const configs = readdirSync(stages)
    .toSorted()
    .map((file) => `--config=${join(stages, file)}`);
  const network = ['--cidr=10.0.0.0/16', '--node-ip=10.0.0.1', '--node-lease-duration-seconds=40'];
  processes.start('kwok', [`--kubeconfig=${kubeconfig}`, '--manage-all-nodes=true', ...network, ...configs], { KWOK_WORKDIR: folder });
}

async function untilReady(files: ClusterFiles): Promise<void> {
  const read = async (): Promise<string> => {
    // Until the server has made its certificate there is nothing to connect with.
    try {
      const api = new Api(files);
      const answer = await api.request('GET', '/readyz').finally(() => api.close());
      return answer.status === 200 ? 'ready' : JSON.stringify(answer.body);
    } catch (error) {
      return String(error);
    }
  };
  await waitUntil('the API server', read, (state) => state === 'ready', 60_000);
}

async function untilPodsRun(api: Api): Promise<void> {
  const made = await waitUntil(
    'the default service account',
    () => api.create(readinessGate),
    (answer) => answer.status === 201,
    60_000,
  );
  await api.waitFor(made.body, (pod) => pod['status']?.phase === 'Running', 60_000);
  ok(await api.delete(readinessGate));
}
