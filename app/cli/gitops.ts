import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { findCluster } from '../../controller/api/find-cluster';
import { HttpApi } from '../../controller/api/http-api';
import type { ApiPort } from '../../controller/api/port';
import { get } from '../../controller/api/requests';
import { type Kind, instances, resourcePath, secrets } from '../../controller/objects/kinds';
import { bootstrap, secretCommand, secretName } from '../../gitops/bootstrap/bootstrap';
import { keyCommand } from '../../gitops/bootstrap/registry-secret';
import { findings } from '../../gitops/bootstrap/check';
import { deliveredGrants, deliveredKinds } from '../../gitops/bootstrap/delivered-kinds';
import {
  type BootstrapSettings,
  type Engine,
  type InstancesSource,
  ENGINE_NAMESPACES,
  OWN_SERVER,
  bootstrapName,
  isRegistry,
} from '../../gitops/bootstrap/settings';
import { systemClock } from '../../gitops/git/clock';
import { GitError } from '../../gitops/git/errors';
import { openFence } from '../../gitops/git/fence';
import type { Manifest } from '../../constructs';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { artifactsOf } from './oci-options';
import { UsageError } from './options';
import { finding } from './start-failure';
import type { Streams } from './streams';

/** Where an install puts the controller, and its key with it. */
const CONTROLLER_NAMESPACE = 'openclaw-system';

/** `gitops init` and `gitops check`. */
export async function gitops(operands: readonly string[], values: FlagValues, streams: Streams): Promise<ExitCode> {
  const [verb, ...rest] = operands;
  if (rest.length > 0 || (verb !== 'init' && verb !== 'check')) throw new UsageError('write gitops init, or gitops check');
  const settings = settingsOf(values);
  const objects = objectsOf(settings);
  return verb === 'init' ? init(settings, objects, text(values, 'output-dir'), streams) : check(settings, objects, values, streams);
}

function needed(values: FlagValues, flag: string, what: string): string {
  const value = text(values, flag);
  if (value === undefined) throw new UsageError(`--${flag} is missing: ${what}`);
  return value;
}

function settingsOf(values: FlagValues): BootstrapSettings {
  const engine = needed(values, 'engine', 'argocd or flux');
  if (engine !== 'argocd' && engine !== 'flux') throw new UsageError(`--engine is "${engine}": use argocd or flux`);
  const names = needed(values, 'namespaces', 'the namespaces of the instances, with commas between them').split(',');
  return {
    engine,
    ...placeOf(values),
    namespaces: [...new Set(names.map((name) => name.trim()))].toSorted(),
    kinds: deliveredKinds(),
    grants: deliveredGrants(),
    engineNamespace: text(values, 'engine-namespace') ?? ENGINE_NAMESPACES[engine],
    server: text(values, 'server') ?? OWN_SERVER,
    signatureKeys: signatureKeysOf(values, engine),
    instances: instancesOf(values),
  };
}

/** Argo CD knows a key by the end of its fingerprint. */
function signatureKeysOf(values: FlagValues, engine: Engine): string[] | undefined {
  // An empty variable of a script must not mean that no signature counts.
  const list = values['signature-keys'] === '' ? '' : text(values, 'signature-keys');
  if (list === undefined) return undefined;
  if (engine !== 'argocd') throw new UsageError('--signature-keys is for argocd: Flux is told by spec.verify of the GitRepository');
  if (text(values, 'oci-repository') !== undefined) {
    throw new UsageError('--signature-keys is for --git-url: Argo CD verifies no artifacts of a registry');
  }
  return list.split(',').map((word) => {
    const key = word.replaceAll(/\s/g, '').toUpperCase();
    if (/^(?:[0-9A-F]{24})?[0-9A-F]{16}$/.test(key)) return key.slice(-16);
    throw new UsageError(
      `--signature-keys has ${JSON.stringify(word.slice(0, 80))}: give fingerprints of 40 digits, as gpg --list-keys has them`,
    );
  });
}

function instancesOf(values: FlagValues): InstancesSource | undefined {
  const [path, branch] = [text(values, 'instances-path'), text(values, 'instances-branch')];
  if (path === undefined) {
    if (branch !== undefined) throw new UsageError('--instances-branch needs --instances-path: the folder of the instances on it');
    return undefined;
  }
  return { path: path.replace(/\/$/, ''), branch: branch ?? text(values, 'git-branch') ?? 'main' };
}

function placeOf(values: FlagValues): Pick<BootstrapSettings, 'cluster' | 'repository' | 'branch' | 'isSigned'> {
  const cluster = needed(values, 'cluster-name', 'the folder of the cluster, as the controller has it');
  if (text(values, 'git-url') !== undefined && text(values, 'oci-repository') !== undefined) {
    throw new UsageError('--git-url and --oci-repository exclude each other: give one');
  }
  const artifacts = artifactsOf(values, cluster);
  if (artifacts) return { cluster, repository: artifacts.url, branch: artifacts.tag, isSigned: text(values, 'oci-signing') !== 'disabled' };
  const repository = needed(values, 'git-url', 'the repository, as the engine reaches it; for artifacts of a registry, --oci-repository');
  return { cluster, repository, branch: text(values, 'git-branch') ?? 'main' };
}

function objectsOf(settings: BootstrapSettings): Manifest[] {
  try {
    return bootstrap(settings);
  } catch (error) {
    if (error instanceof GitError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function init(
  settings: BootstrapSettings,
  objects: readonly Manifest[],
  folder: string | undefined,
  { stdout, stderr }: Streams,
): ExitCode {
  const name = bootstrapName(settings);
  const yaml = writeDocuments(objects);
  const file = folder === undefined ? '-' : join(folder, `${name}.yaml`);
  if (folder === undefined) stdout(yaml);
  else write(folder, file, yaml);
  const key = keyCommand(settings, CONTROLLER_NAMESPACE);
  const steps = [
    `the credential with which ${settings.engine} reads:  ${secretCommand(settings)}`,
    ...(key === undefined ? [] : [`the public key of the artifacts, once the controller has made it:  ${key}`]),
    ...(settings.signatureKeys === undefined ? [] : ['the public key by which commits are verified:  argocd gpg add --from writer.asc']),
    `the set-up:  kubectl apply --server-side -f ${file}`,
    `the controller:  --delivery git --cluster-name ${settings.cluster} ${controllerFlagsOf(settings).join(' ')}`,
  ];
  stderr(steps.map((step) => `${step}\n`).join(''));
  return 0;
}

/** What the controller has to be told so that it and the engine mean the same. */
function controllerFlagsOf(settings: BootstrapSettings): string[] {
  const { engine, cluster, repository, branch, isSigned = true } = settings;
  const name = bootstrapName(settings);
  const place = isRegistry(settings)
    ? [
        `--oci-repository ${repository}`,
        ...(branch === cluster ? [] : [`--oci-tag ${branch}`]),
        ...(isSigned ? [] : ['--oci-signing disabled']),
      ]
    : ['--git-url URL', ...(branch === 'main' ? [] : [`--git-branch ${branch}`]), ...signingOf(settings)];
  if (engine === 'flux') return [...place, `--flux-source ${name}`, `--flux-service-account ${name}`, ...fluxNamespace(settings)];
  return isRegistry(settings) ? [...place, `--argocd-project ${name}`, ...argoPlace(settings)] : place;
}

function signingOf({ signatureKeys }: BootstrapSettings): string[] {
  return signatureKeys === undefined ? [] : ['--git-signing openpgp --git-signing-key-file FILE'];
}

function argoPlace({ engineNamespace, server }: BootstrapSettings): string[] {
  return [
    ...(engineNamespace === ENGINE_NAMESPACES.argocd ? [] : [`--argocd-namespace ${engineNamespace}`]),
    ...(server === OWN_SERVER ? [] : [`--argocd-server ${server}`]),
  ];
}

function fluxNamespace({ engineNamespace }: BootstrapSettings): string[] {
  return engineNamespace === ENGINE_NAMESPACES.flux ? [] : [`--flux-namespace ${engineNamespace}`];
}

function write(folder: string, file: string, yaml: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, yaml);
  } catch (cause) {
    throw new RunFailure(`${file} cannot be written (${(cause as NodeJS.ErrnoException).code}): name a folder that takes it`, { cause });
  }
}

/** Where the API server keeps the objects of a set-up. */
const PLURALS: Readonly<Record<string, string>> = {
  AppProject: 'appprojects',
  ApplicationSet: 'applicationsets',
  ConfigMap: 'configmaps',
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  GitRepository: 'gitrepositories',
  OCIRepository: 'ocirepositories',
  Application: 'applications',
  Kustomization: 'kustomizations',
};

function kindOf({ apiVersion, kind, metadata: { namespace } }: Manifest): Kind {
  return { apiVersion, kind, plural: PLURALS[kind] ?? '', namespaced: namespace !== undefined };
}

async function check(
  settings: BootstrapSettings,
  objects: readonly Manifest[],
  values: FlagValues,
  { stdout }: Streams,
): Promise<ExitCode> {
  const kubeconfig = text(values, 'kubeconfig');
  const access = await finding(() => findCluster(kubeconfig === undefined ? {} : { kubeconfig }));
  const api = new HttpApi({ access, clock: systemClock, fence: openFence });
  try {
    const found = await reading(() => read(api, settings, objects));
    const texts = findings(objects, settings, found);
    stdout(
      texts.length === 0
        ? `everything is there for ${settings.engine} and the cluster ${settings.cluster}\n`
        : texts.map((one) => `${one}\n`).join(''),
    );
    return texts.length === 0 ? 0 : 1;
  } finally {
    api.close();
  }
}

async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new RunFailure(`the cluster cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function read(api: ApiPort, settings: BootstrapSettings, objects: readonly Manifest[]): Promise<Parameters<typeof findings>[2]> {
  const live = new Map<Manifest, object>();
  for (const object of objects) {
    const found = await get(api, kindOf(object), object.metadata.namespace, object.metadata.name);
    if (found) live.set(object, found);
  }
  const secret = await get(api, secrets, settings.engineNamespace, secretName(settings));
  return {
    objectOf: (wanted) => live.get(wanted),
    hasSecret: secret !== undefined,
    instanceNamespaces: await namespacesWithInstances(api, settings),
  };
}

/** Another cluster of one Argo CD cannot be looked at from here. */
async function namespacesWithInstances(api: ApiPort, { server }: BootstrapSettings): Promise<string[]> {
  if (server !== OWN_SERVER) return [];
  const found = await api.request({ method: 'GET', path: resourcePath(instances) }).catch((error: unknown) => {
    if ((error as { status?: number }).status === 404) return { body: {} };
    throw error;
  });
  const { items = [] } = found.body as { readonly items?: readonly { readonly metadata: { readonly namespace: string } }[] };
  return [...new Set(items.map(({ metadata }) => metadata.namespace))].toSorted();
}
