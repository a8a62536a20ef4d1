import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { Api, ok, waitUntil, type KubeObject } from '../cluster/api';
import type { ClusterFiles } from '../cluster/cluster';
import { installCrd } from '../cluster/custom-resources';
import { freePort } from '../cluster/ports';
import { Processes } from '../cluster/processes';
import type { GitServer } from '../flux/git-server';
import { KeyRing } from './key-ring';
import { type ArgoProgram, argoFolder, crdFiles, pathOf } from './programs';

/** Where Argo CD's own objects live. */
export const argoNamespace = 'argocd';

/** A running Argo CD. Its programs end with this process at the latest. */
export interface Argo {
  /** `logs/` has one file a program. */
  readonly folder: string;
  /** How often its application controller has looked at an Application since the start, in whatever depth. */
  looks(): Promise<number>;
  stop(): Promise<void>;
}

export interface ArgoOptions {
  /** Settings of argocd-cm, such as the way in which objects are tracked. @default - none */
  readonly settings?: Readonly<Record<string, string>>;
  /** How often it looks at each Application unasked. @default 5 */
  readonly resyncSeconds?: number;
  /** Public keys in armor, by their id, whose signatures it knows. @default - it looks at no signature */
  readonly keys?: Readonly<Record<string, string>>;
}

/**
 * Starts application controller, repo server and ApplicationSet controller against a test cluster, with a redis. It trusts the certificate of a git
 * server.
 *
 * @throws Error if they are not built or do not become ready; it quotes the log of a program that ended
 */
export async function startArgo(cluster: ClusterFiles, server: GitServer, options: ArgoOptions = {}): Promise<Argo> {
  const folder = mkdtempSync(join(cluster.folder, 'argo-'));
  const processes = new Processes<ArgoProgram>(folder, pathOf);
  const keyRing = options.keys && new KeyRing(folder, options.keys);
  let failure: Error | undefined;
  processes.onUnexpectedExit = (error) => (failure ??= error);
  const stop = async (): Promise<void> => {
    await processes.killAll();
    keyRing?.end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await prepare(cluster, options);
    const { health, metrics } = await startPrograms(processes, cluster, environment(folder, server, keyRing), options);
    await Promise.all(health.map((url) => untilHealthy(url, () => failure)));
    return { folder, looks: () => looksOf(metrics), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepare(cluster: ClusterFiles, { settings = {} }: ArgoOptions): Promise<void> {
  const api = new Api(cluster);
  try {
    for (const file of crdFiles) await installCrd(api, parse(readFileSync(join(argoFolder(), file), 'utf8')) as KubeObject);
    const labels = { 'app.kubernetes.io/part-of': 'argocd' };
    const own = (kind: string, name: string, content: object): KubeObject => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: argoNamespace, labels },
      ...content,
    });
    ok(await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: argoNamespace } }));
    // Each start begins with the settings that it asks for.
    await api.delete(own('ConfigMap', 'argocd-cm', {}));
    ok(await api.apply(own('ConfigMap', 'argocd-cm', { data: settings })));
    ok(await api.apply(own('ConfigMap', 'argocd-rbac-cm', {})));
    ok(await api.apply(own('Secret', 'argocd-secret', { stringData: { 'server.secretkey': 'of-a-test' } })));
    ok(await api.apply(own('Secret', 'argocd-redis', { stringData: { auth: '' } })));
    ok(await api.apply(defaultProject));
  } finally {
    api.close();
  }
}

/** The API server of Argo CD, which is not run here, makes it at its first start. */
const defaultProject: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default', namespace: argoNamespace },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

/** Of a histogram with a line for each cluster, the counts. */
async function looksOf(metrics: string): Promise<number> {
  const text = await (await fetch(metrics)).text();
  return [...text.matchAll(/^argocd_app_reconcile_count\{.*\} (\S+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Addresses of a running Argo CD. */
interface Addresses {
  /** Which tell whether its programs are well. */
  readonly health: readonly string[];
  /** Of the application controller. */
  readonly metrics: string;
}

/** Starts all of them. */
async function startPrograms(
  processes: Processes<ArgoProgram>,
  { kubeconfig }: ClusterFiles,
  own: Readonly<Record<string, string>>,
  { resyncSeconds = 5 }: ArgoOptions,
): Promise<Addresses> {
  const ports: number[] = [];
  const port = async (): Promise<number> => {
    ports.push(await freePort(...ports));
    return ports.at(-1)!;
  };
  const [redis, repository] = [`127.0.0.1:${await port()}`, `127.0.0.1:${await port()}`];
  const env = { ...own, KUBECONFIG: kubeconfig };
  processes.start('redis-server', ['--port', redis.split(':')[1]!, '--bind', '127.0.0.1', '--save', '', '--dir', own['HOME'] ?? '']);
  const [repositoryMetrics, controllerMetrics, probe] = [await port(), await port(), await port()];
  const toRepository = ['--repo-server-plaintext'];
  const listen = ['--address', '127.0.0.1', '--metrics-address', '127.0.0.1', '--metrics-port', String(repositoryMetrics)];
  const quick = ['--revision-cache-expiration', '2s'];
  processes.start('argocd-repo-server', ['--redis', redis, '--port', repository.split(':')[1]!, '--disable-tls', ...listen, ...quick], env);
  const looks = [
    // How well each object is stands in its cache otherwise, where the API server of Argo CD reads it.
    '--persist-resource-health',
    '--app-resync',
    String(resyncSeconds),
    '--app-resync-jitter',
    '0',
    '--self-heal-timeout-seconds',
    '1',
    '--self-heal-backoff-cap-seconds',
    '2',
    // What is wrong with a repository is told after three minutes otherwise.
    '--repo-error-grace-period-seconds',
    '1',
  ];
  const common = ['--kubeconfig', kubeconfig, '--namespace', argoNamespace];
  processes.start(
    'argocd-application-controller',
    [...common, '--repo-server', repository, ...toRepository, '--redis', redis, '--metrics-port', String(controllerMetrics), ...looks],
    env,
  );
  const addresses = ['--metrics-addr', '0', '--probe-addr', `127.0.0.1:${probe}`, '--webhook-addr', `127.0.0.1:${await port()}`];
  processes.start('argocd-applicationset-controller', [...common, '--argocd-repo-server', repository, ...toRepository, ...addresses], env);
  const health = [`${repositoryMetrics}/healthz?full=true`, `${controllerMetrics}/healthz`, `${probe}/readyz`];
  return {
    health: health.map((path) => `http://127.0.0.1:${path}`),
    metrics: `http://127.0.0.1:${controllerMetrics}/metrics`,
  };
}

function environment(folder: string, { ca }: GitServer, keyRing: KeyRing | undefined): Record<string, string> {
  const certificates = join(folder, 'tls');
  const scratch = join(folder, 'tmp');
  for (const path of [certificates, scratch]) mkdirSync(path);
  writeFileSync(join(certificates, '127.0.0.1'), ca);
  const path = `${argoFolder()}${delimiter}${process.env['PATH'] ?? ''}`;
  return {
    PATH: path,
    HOME: folder,
    TMPDIR: scratch,
    ARGOCD_TLS_DATA_PATH: certificates,
    ARGOCD_GPG_ENABLED: 'false',
    // The cluster that it runs in is that of KUBECONFIG: it runs in no pod.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ...keyRing?.environment(path),
  };
}

async function untilHealthy(url: string, failure: () => Error | undefined): Promise<void> {
  const read = async (): Promise<string> => {
    const error = failure();
    if (error) throw error;
    return fetch(url).then(
      ({ status }) => String(status),
      (reason: unknown) => String(reason),
    );
  };
  // The ApplicationSet controller listens for probes and has none: it answers 404.
  await waitUntil(`Argo CD at ${url}`, read, (state) => /^(?:200|404)$/.test(state), 60_000);
}
