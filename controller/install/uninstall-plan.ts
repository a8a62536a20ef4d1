import { labels, MANAGED_BY } from '../../constructs/wire/names';
import { isNotFound } from '../api/errors';
import { listAll, type Selection } from '../api/list';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import { type Kind, claims, instances } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import { CONTROLLER } from '../process/rbac';

const FINALIZER = 'openclaw.rocks/finalizer';

/** What there is to think of before a controller is taken away. */
export interface UninstallPlan {
  /** The steps, in their order. */
  readonly lines: readonly string[];
  /** Instances that nobody would let go of. */
  readonly stuck: readonly string[];
}

/** In which order a controller is taken away so that no instance hangs and no data goes. Only read. */
export async function uninstallPlan(api: ApiPort, namespace: string): Promise<UninstallPlan> {
  const found = await listed(api, instances);
  const volumes = await listed(api, claims, { labelSelector: `${labels.managedBy}=${MANAGED_BY}` });
  const isRunning = await runs(api, namespace);
  const held = found.filter(({ metadata }) => metadata.finalizers?.includes(FINALIZER));
  const stuck = isRunning ? [] : held.map(nameOf);
  return { lines: [...(await instanceSteps(found, isRunning, stuck, namespace)), ...laterSteps(volumes, namespace)], stuck };
}

async function instanceSteps(
  found: readonly KubeObject[],
  isRunning: boolean,
  stuck: readonly string[],
  namespace: string,
): Promise<string[]> {
  if (found.length === 0) return ['1. no instance is there: nothing hangs'];
  const namespaces = [...new Set(found.map(({ metadata }) => metadata.namespace ?? ''))].toSorted();
  const going = found.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  return [
    `1. delete the instances (${found.length}) while the controller runs, which lets go of them:`,
    ...namespaces.map((of) => `     kubectl -n ${of} delete openclawinstances --all`),
    ...(going.length > 0 ? [`   on their way already: ${going.map(nameOf).join(', ')}`] : []),
    '   to keep their pods running, add --cascade=orphan',
    ...(isRunning
      ? []
      : [`   NO CONTROLLER IS READY in ${namespace}: start it first. Without it these would hang: ${stuck.join(', ') || 'none'}`]),
  ];
}

function laterSteps(volumes: readonly KubeObject[], namespace: string): string[] {
  return [
    '2. see that none is left:  kubectl get openclawinstances --all-namespaces',
    '3. then take away what was installed; with instances left, this would delete their kind first:',
    '     kubectl delete -f install.yaml',
    `   of a chart, whose CRDs stay:  helm -n ${namespace} uninstall openclaw;  of a base:  kubectl delete -k base`,
    ...(volumes.length === 0
      ? ['what stays: no volume with data is there']
      : [
          `what stays: volumes with the data of assistants (${volumes.length}), until somebody deletes them:`,
          ...volumes.map((claim) => `     kubectl -n ${claim.metadata.namespace} delete pvc ${claim.metadata.name}`),
        ]),
    `Secrets of the controller in ${namespace} go with that namespace: with them goes the key that signs commits`,
  ];
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

async function listed(api: ApiPort, kind: Kind, selection: Selection = {}): Promise<readonly KubeObject[]> {
  try {
    return (await listAll(api, kind, { ...selection, metadataOnly: true })).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

async function runs(api: ApiPort, namespace: string): Promise<boolean> {
  const deployments: Kind = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
  const live = await get(api, deployments, namespace, CONTROLLER);
  return ((live?.['status'] ?? {}) as { readonly readyReplicas?: number }).readyReplicas !== undefined;
}
