import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type KubeConfig, clientLibrary } from './client-library';
import type { ClusterAccess, ClusterCredentials, TlsSettings } from './cluster-access';
import { CredentialsError } from './errors';
import { readKubeconfig, type KubeconfigUser } from './kubeconfig';

export interface FindClusterOptions {
  /** Path of a kubeconfig. @default - `KUBECONFIG`, then the pod that we run in, then `~/.kube/config` */
  readonly kubeconfig?: string;
  /** The folder under which a pod has its `/var/run/secrets`. @default - the root of the file system */
  readonly podRoot?: string;
}

/** How long credentials are used before the library is asked again; it re-reads files and runs plugins as it thinks fit. */
const memoryMs = 30_000;

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Finds the cluster to work on and who we are there.
 *
 * @throws Error if there is none, or the kubeconfig asks for what we cannot do
 */
export async function findCluster({ kubeconfig, podRoot = '' }: FindClusterOptions = {}): Promise<ClusterAccess> {
  const { KubeConfig: Config } = await clientLibrary();
  const load = loaderFor(kubeconfig, podRoot);
  const make = (): Loaded => {
    const config = new Config();
    return { config, groups: load(config) };
  };
  const first = make();
  const { server, namespace } = clusterOf(first.config);
  return { server, ...(namespace !== undefined && { namespace }), credentials: remembered(first, make) };
}

/** A configuration in the library's hands, and the groups to impersonate, which it does not know. */
interface Loaded {
  readonly config: KubeConfig;
  readonly groups: readonly string[];
}

/** Fills a configuration and returns the groups to impersonate. */
type Loader = (config: KubeConfig) => readonly string[];

function loaderFor(kubeconfig: string | undefined, podRoot: string): Loader {
  const { env } = process;
  const named = kubeconfig ?? (env['KUBECONFIG'] || undefined);
  if (named !== undefined) return (config) => loadFile(config, named);
  if (env['KUBERNETES_SERVICE_HOST'] && existsSync(join(podRoot, serviceAccount, 'token'))) return (config) => loadPod(config, podRoot);
  const home = homeKubeconfig();
  if (home !== undefined && existsSync(home)) return (config) => loadFile(config, home);
  throw new Error('no cluster found: set KUBECONFIG, name a file by --kubeconfig, or run in a pod with a service account token');
}

/** A user of a pod may have neither a home nor a name, and then the system throws. */
function homeKubeconfig(): string | undefined {
  try {
    return join(process.env['HOME'] ?? homedir(), '.kube', 'config');
  } catch {
    return undefined;
  }
}

function loadPod(config: KubeConfig, root: string): readonly string[] {
  config.loadFromCluster(root.replace(/\/$/, ''));
  return [];
}

function loadFile(config: KubeConfig, paths: string): readonly string[] {
  const read = readKubeconfig(paths);
  config.loadFromString(JSON.stringify({ ...read, users: read.users.map(({ name, user = {} }) => ({ name, user: forLibrary(user) })) }));
  const user = config.getCurrentUser();
  const cluster = config.getCurrentCluster();
  if (!cluster || !user)
    throw new Error(`kubeconfig ${paths}: context "${config.getCurrentContext()}" does not name a cluster and a user that are there`);
  if (cluster.proxyUrl)
    throw new Error(
      `kubeconfig ${paths}: cluster ${cluster.name} has a proxy-url, which is not supported; use an address that can be reached directly`,
    );
  const whole = read.users.find(({ name }) => name === user.name)?.user ?? {};
  const unknown = ['as-uid', 'as-user-extra'].find((field) => whole[field] !== undefined);
  if (unknown !== undefined) throw new Error(`kubeconfig ${paths}: user ${user.name} has ${unknown}, which is not supported; leave it out`);
  // The port takes plain HTTP on loopback only; the library wants this beside it.
  if (cluster.server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true });
  return whole['as-groups'] ?? [];
}

/** The library passes over `tokenFile` and tells a plugin nothing of the version that it should speak. */
function forLibrary(user: KubeconfigUser): KubeconfigUser {
  if (user.exec) return { ...user, exec: { ...user.exec, env: [...(user.exec.env ?? []), execInfo(user.exec['apiVersion'])] } };
  if (user.tokenFile !== undefined) return { ...user, 'auth-provider': { name: 'tokenFile', config: { tokenFile: user.tokenFile } } };
  return user;
}

function execInfo(apiVersion: unknown): { readonly name: string; readonly value: string } {
  const value = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  return { name: 'KUBERNETES_EXEC_INFO', value };
}

function clusterOf(config: KubeConfig): { readonly server: string; readonly namespace: string | undefined } {
  const server = config.getCurrentCluster()?.server ?? '';
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim();
  return { server, namespace: namespace || undefined };
}

/** ClusterCredentials for a while; concurrent callers share one look-up, and equal TLS settings stay one object. */
function remembered(first: Loaded, make: () => Loaded): ClusterAccess['credentials'] {
  let loaded = first;
  let tls: TlsSettings = {};
  let latest: Promise<ClusterCredentials> | undefined;
  let askedAt = 0;
  let madeAt = performance.now();
  const ask = async (renew: boolean): Promise<ClusterCredentials> => {
    if (renew) loaded = remade(make);
    const credentials = await credentialsOf(loaded);
    if (!sameSettings(tls, credentials.tls)) ({ tls } = credentials);
    return { ...credentials, tls };
  };
  return (refused = false) => {
    const now = performance.now();
    // Many requests are refused at once; one of them asks anew, by a library that remembers nothing.
    const renew = refused && now - madeAt > 1000;
    if (latest && now - askedAt < memoryMs && !renew) return latest;
    askedAt = now;
    if (renew) madeAt = now;
    const asked = ask(renew);
    latest = asked;
    asked.catch(() => {
      if (latest === asked) latest = undefined;
    });
    return asked;
  };
}

function remade(make: () => Loaded): Loaded {
  try {
    return make();
  } catch (error) {
    throw new CredentialsError(`no credentials for the API server: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function credentialsOf({ config, groups }: Loaded): Promise<ClusterCredentials> {
  const options: RequestOptions & { headers: Record<string, string> } = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new CredentialsError(`no credentials for the API server: ${reasonOf(error)}`);
  }
  // A token file may end with a line feed, which no header may hold.
  const headers: Record<string, string | readonly string[]> = Object.fromEntries(
    Object.entries(options.headers).map(([name, value]) => [name, value.trim()]),
  );
  if (options.auth) headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  if (groups.length > 0) headers['Impersonate-Group'] = groups;
  return { headers, tls: settingsOf(options) };
}

/** A plugin's stdout holds the token, and the JSON parser quotes what it cannot read. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'the exec plugin of the kubeconfig did not print JSON';
  return error instanceof Error && error.message
    ? error.message.trim().slice(0, 500)
    : 'the exec plugin of the kubeconfig failed without a word';
}

function settingsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions & { servername?: string | undefined }): TlsSettings {
  return {
    ...(ca && { ca: pem(ca) }),
    ...(cert && { cert: pem(cert) }),
    ...(key && { key: pem(key) }),
    ...(servername && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

/** The library gives bytes of files and texts of plugins. */
function pem(value: unknown): string {
  return typeof value === 'string' ? value : new TextDecoder().decode(value as Uint8Array);
}

function sameSettings(one: TlsSettings, other: TlsSettings): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
