import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Api, ok, waitUntil, type KubeObject } from '../cluster/api';
import type { ClusterFiles } from '../cluster/cluster';
import { installCrd } from '../cluster/custom-resources';
import { freePort } from '../cluster/ports';
import { Processes } from '../cluster/processes';
import { crdFiles, fluxFolder, programs, type FluxProgram } from './programs';

/** Where Flux's own objects live, and the account that it applies with. */
export const fluxNamespace = 'flux-system';

/** A running Flux. Its programs end with this process at the latest. */
export interface Flux {
  /** `logs/` has one file a program. */
  readonly folder: string;
  stop(): Promise<void>;
}

/**
 * Starts source-controller and kustomize-controller against a test cluster, as an account of their own that may do anything, which is
 * what Flux usually is.
 *
 * @throws Error if they are not built or do not become ready; it quotes the log of a program that ended
 */
export async function startFlux(cluster: ClusterFiles): Promise<Flux> {
  const folder = mkdtempSync(join(cluster.folder, 'flux-'));
  const processes = new Processes<FluxProgram>(folder, (program) => join(fluxFolder(), program));
  let failure: Error | undefined;
  processes.onUnexpectedExit = (error) => (failure ??= error);
  const stop = async (): Promise<void> => {
    await processes.killAll();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const kubeconfig = await prepare(cluster, folder);
    const health = await startPrograms(processes, folder, kubeconfig);
    await Promise.all(health.map((url) => untilHealthy(url, () => failure)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, stop };
}

/** Installs the CRDs and makes the account; returns its kubeconfig. */
async function prepare(cluster: ClusterFiles, folder: string): Promise<string> {
  const api = new Api(cluster);
  try {
    for (const file of programs.flatMap((program) => crdFiles[program])) {
      const crd: KubeObject = parse(readFileSync(join(fluxFolder(), file), 'utf8'));
      await installCrd(api, crd);
    }
    for (const object of accountObjects()) ok(await api.apply(object));
    const path = `/api/v1/namespaces/${fluxNamespace}/serviceaccounts/flux/token`;
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } };
    const token: string = ok(await api.request('POST', path, { body: request }))['status'].token;
    return writeKubeconfig(cluster, folder, token);
  } finally {
    api.close();
  }
}

function accountObjects(): KubeObject[] {
  const subject = { kind: 'ServiceAccount', name: 'flux', namespace: fluxNamespace };
  const group = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: fluxNamespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'flux', namespace: fluxNamespace } },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'flux' },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [subject],
    },
  ];
}

function writeKubeconfig({ url, caFile }: ClusterFiles, folder: string, token: string): string {
  const name = 'flux';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Starts both and returns the addresses that tell whether they are well. */
async function startPrograms(processes: Processes<FluxProgram>, folder: string, kubeconfig: string): Promise<string[]> {
  const ports: number[] = [];
  const address = async (): Promise<string> => {
    ports.push(await freePort(...ports));
    return `127.0.0.1:${ports.at(-1)}`;
  };
  const env = { RUNTIME_NAMESPACE: fluxNamespace, KUBECONFIG: kubeconfig };
  const health = { 'source-controller': await address(), 'kustomize-controller': await address() };
  const storage = await address();
  const own: Readonly<Record<FluxProgram, readonly string[]>> = {
    'source-controller': [
      `--storage-path=${mkdtempSync(join(folder, 'artifacts-'))}`,
      `--storage-addr=${storage}`,
      `--storage-adv-addr=${storage}`,
    ],
    // Whoever waits for an object of Flux is asked again after this time, and a test waits for all of it.
    'kustomize-controller': ['--requeue-dependency=1s'],
  };
  for (const program of programs) {
    const flags = [`--health-addr=${health[program]}`, `--metrics-addr=${await address()}`, '--events-addr=', '--log-level=info'];
    processes.start(program, [...flags, ...own[program]], env);
  }
  return Object.values(health).map((at) => `http://${at}/readyz`);
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
  await waitUntil(`Flux at ${url}`, read, (state) => state === '200', 60_000);
}
