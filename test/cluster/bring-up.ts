import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api, ok, waitUntil } from './api';
import type { ClusterFiles, ClusterOptions } from './cluster';
import { writeCredentials, type Credentials } from './credentials';
import { installForeignCrds } from './foreign';
import { hostAddress } from './host-address';
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

const unthrottled = ['--kube-api-qps=1000', '--kube-api-burst=1000'];

/** Starts every program in a folder and returns when the cluster works: a pod was scheduled and became ready. */
export async function bringUp(folder: string, processes: Processes, { keepApiServer }: ClusterOptions): Promise<ClusterFiles> {
  const clientPort = await freePort();
  const peerPort = await freePort(clientPort);
  const securePort = await freePort(clientPort, peerPort);
  const url = `https://127.0.0.1:${securePort}`;
  const credentials = writeCredentials(folder, url);
  const auditLog = join(folder, 'audit.log');
  const { caFile, adminToken: token } = credentials;
  const storeUrl = `http://127.0.0.1:${clientPort}`;
  const files: ClusterFiles = { url, token, caFile, kubeconfig: credentials.kubeconfigs.admin, auditLog, storeUrl, folder };
  processes.start('etcd', etcdArgs(folder, clientPort, peerPort));
  processes[keepApiServer ? 'keep' : 'start']('kube-apiserver', apiServerArgs(folder, clientPort, securePort, credentials));
  await untilReady(files);
  const api = new Api(files);
  try {
    ok(await api.create(node));
    ok(await api.create(storageClass));
    await installForeignCrds(api);
    if (!missingPrograms(controllerPrograms)) {
      startControllers(folder, credentials, processes);
      await untilPodsRun(api);
    }
  } finally {
    api.close();
  }
  return files;
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

function apiServerArgs(folder: string, etcdPort: number, securePort: number, credentials: Credentials): string[] {
  const policy = join(folder, 'audit-policy.json');
  writeFileSync(policy, JSON.stringify(auditPolicy));
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${securePort}`,
    `--cert-dir=${credentials.certFolder}`,
    // No pod will ever dial the `kubernetes` Service, and a loopback address may not be an endpoint.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.serviceAccounts.publicKeyFile}`,
    `--service-account-signing-key-file=${credentials.serviceAccounts.privateKeyFile}`,
    `--token-auth-file=${credentials.tokensFile}`,
    '--authorization-mode=Node,RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    // A webhook is reached at the address of its endpoint: nobody routes the addresses of Services here.
    '--enable-aggregator-routing=true',
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${join(folder, 'audit.log')}`,
    // In megabytes. It is read as one file, from any place: it is never put aside for a new one.
    '--audit-log-maxsize=100000',
  ];
}

function startControllers(folder: string, { caFile, kubeconfigs, serviceAccounts }: Credentials, processes: Processes): void {
  processes.start('kube-controller-manager', [
    `--kubeconfig=${kubeconfigs['kube-controller-manager']}`,
    `--service-account-private-key-file=${serviceAccounts.privateKeyFile}`,
    `--root-ca-file=${caFile}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    // Its own default (20 requests a second) makes the first service accounts wait for seconds.
    ...unthrottled,
    '--enable-hostpath-provisioner=true',
    '--secure-port=0',
  ]);
  processes.start('kube-scheduler', [
    `--kubeconfig=${kubeconfigs['kube-scheduler']}`,
    '--leader-elect=false',
    ...unthrottled,
    '--secure-port=0',
  ]);
  const configs = writeStages(folder).map((file) => `--config=${file}`);
  const network = ['--cidr=10.0.0.0/16', '--node-ip=10.0.0.1', '--node-lease-duration-seconds=40'];
  processes.start('kwok', [`--kubeconfig=${kubeconfigs.kwok}`, '--manage-all-nodes=true', ...network, ...configs], {
    KWOK_WORKDIR: folder,
  });
}

/** What the simulated kubelet does, with the address of this machine in it; returns the files. */
function writeStages(folder: string): string[] {
  const stages = join(__dirname, 'stages');
  mkdirSync(join(folder, 'stages'));
  return readdirSync(stages)
    .toSorted()
    .map((name) => {
      const file = join(folder, 'stages', name);
      writeFileSync(file, readFileSync(join(stages, name), 'utf8').replaceAll('HOST_ADDRESS', hostAddress ?? ''));
      return file;
    });
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
