import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../../constructs';
import { isObject } from '../../constructs/spec/json';
import { ApiError, isForbidden, isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import { apply, get } from '../api/requests';
import { type Kind, emittedKinds, instances } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import type { InstallOptions } from './options';
import { Discovery } from './discovery';
import { CONTROLLER } from '../process/rbac';

/** Kubernetes below this lacks what the CRDs and policies use. */
const OLDEST_MINOR = 30;

/** As whom `kubectl apply --server-side` writes. */
const KUBECTL = 'kubectl';

/** What a cluster lacks, and what it may lack. One sentence each. */
export interface CheckResult {
  readonly findings: readonly string[];
  /** Kinds of other projects: only instances that ask for them miss them. */
  readonly optional: readonly string[];
}

/**
 * Compares a cluster with an install. Nothing is written: each object is sent as a dry run, as `kubectl apply --server-side` would send it, so that the
 * server itself says what would change, what it would refuse, and what we may not do.
 */
export async function checkInstall(api: ApiPort, wanted: readonly Manifest[], options: InstallOptions): Promise<CheckResult> {
  const discovery = new Discovery(api);
  const version = await versionFinding(api);
  const states = [];
  for (const manifest of wanted) states.push(await stateOf(api, discovery, manifest));
  const missing = states.filter(({ state }) => state === 'missing').map(({ what }) => what);
  const findings = [
    ...(version === undefined ? [] : [version]),
    ...(missing.length === 0 ? [] : [`not installed: ${missing.join(', ')}`]),
    ...states.flatMap(({ what, problem }) => (problem === undefined ? [] : [`${what}: ${problem}`])),
    ...(missing.length === 0 ? await runningFindings(api, options) : []),
  ];
  return { findings, optional: await optionalKinds(discovery) };
}

async function versionFinding(api: ApiPort): Promise<string | undefined> {
  const { major = '', minor = '', gitVersion } = (await api.request({ method: 'GET', path: '/version' })).body as Record<string, string>;
  const isNew = Number.parseInt(major, 10) > 1 || Number.parseInt(minor, 10) >= OLDEST_MINOR;
  return isNew ? undefined : `the API server is ${gitVersion}: 1.${OLDEST_MINOR} or later is needed`;
}

interface State {
  readonly what: string;
  readonly state: 'missing' | 'there';
  readonly problem?: string;
}

async function stateOf(api: ApiPort, discovery: Discovery, manifest: Manifest): Promise<State> {
  const { kind: name, apiVersion, metadata } = manifest;
  const what = `${name} ${metadata.name}${metadata.namespace === undefined ? '' : ` in ${metadata.namespace}`}`;
  const kind = await discovery.kindOf(apiVersion, name);
  if (kind === undefined)
    return { what, state: 'there', problem: `the cluster has no kind ${name} (${apiVersion}): install what brings it` };
  try {
    const live = await get(api, kind, metadata.namespace, metadata.name);
    const options = { kind, fieldManager: KUBECTL, force: true, dryRun: true };
    const { object } = await apply(api, manifest, options);
    if (live === undefined) return { what, state: 'missing' };
    const changed = changedPaths(contentOf(live), contentOf(object));
    return { what, state: 'there', ...(changed.length > 0 && { problem: `is not as this version has it: ${changed.join(', ')}` }) };
  } catch (error) {
    // In a namespace that is not there nothing can be tried.
    if (isNotFound(error)) return { what, state: 'missing' };
    if (isForbidden(error)) return { what, state: 'there', problem: `you may not apply it: ${(error as Error).message}` };
    if (error instanceof ApiError) return { what, state: 'there', problem: `the server refuses it: ${error.message}` };
    throw error;
  }
}

/** What an apply is about. */
function contentOf({ metadata, status: _status, ...content }: KubeObject): object {
  const { labels, annotations } = metadata;
  return { ...content, metadata: { labels, annotations } };
}

/** The first fields that differ on each way down, four at most. */
function changedPaths(before: unknown, after: unknown, path = ''): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`)).slice(0, 4);
}

async function runningFindings(api: ApiPort, options: InstallOptions): Promise<string[]> {
  const { namespace, replicas, webhook } = options;
  const deployments: Kind = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
  const live = await get(api, deployments, namespace, CONTROLLER);
  const { readyReplicas = 0 } = (live?.['status'] ?? {}) as { readonly readyReplicas?: number };
  const pods =
    readyReplicas >= replicas ? [] : [`${readyReplicas} of ${replicas} pods of the controller are ready: kubectl -n ${namespace} get pods`];
  const asked = webhook === 'none' || readyReplicas === 0 ? undefined : await webhookFinding(api, options);
  return asked === undefined ? pods : [...pods, asked];
}

/** An instance that only the webhook refuses, in a dry run. Without an answer of the webhook the server lets it in. */
async function webhookFinding(
  api: ApiPort,
  { namespace, scope: { namespaces, watchLabel } = {} }: InstallOptions,
): Promise<string | undefined> {
  const [key = '', value = ''] = watchLabel?.split('=') ?? [];
  const metadata = {
    name: 'openclaw-check',
    namespace: namespaces?.[0] ?? namespace,
    ...(watchLabel !== undefined && { labels: { [key]: value } }),
  };
  const { apiVersion, kind } = instances;
  const spec = { image: { tag: 'check' }, networking: { ingress: { enabled: true, hosts: [] } } };
  try {
    await apply(api, { apiVersion, kind, metadata, spec }, { kind: instances, fieldManager: KUBECTL, dryRun: true });
  } catch (error) {
    if (error instanceof ApiError && error.message.includes('validate.openclaw.rocks')) return undefined;
    return `the webhook could not be tried: ${(error as Error).message}`;
  }
  return 'the webhook does not answer: look whether the API server reaches its Service, and whether its registration has a caBundle and a path, which the controller that leads fills in';
}

async function optionalKinds(discovery: Discovery): Promise<string[]> {
  const found: string[] = [];
  for (const { apiVersion, kind, optional } of emittedKinds) {
    if (optional !== true || (await discovery.kindOf(apiVersion, kind)) !== undefined) continue;
    found.push(`optional: no ${kind} (${apiVersion})`);
  }
  return found;
}
