import { fieldPath, type PathStep } from '../spec/issue';
import type { SchemaNode } from './schema-node';

/** More places than these would be a list to read, not an answer. */
const MOST = 3;

/** What other charts and operators, and Kubernetes itself, call fields that have another name here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  apiKey: 'spec.envFrom',
  apiKeys: 'spec.envFrom',
  containers: 'spec.sidecars',
  environment: 'spec.env',
  extraContainers: 'spec.sidecars',
  extraEnvFrom: 'spec.envFrom',
  extraInitContainers: 'spec.initContainers',
  ingressClassName: 'spec.networking.ingress.className',
  livenessProbe: 'spec.probes.liveness',
  model: 'spec.config.raw',
  readinessProbe: 'spec.probes.readiness',
  serviceAccount: 'spec.security.rbac.serviceAccountName',
  serviceAccountName: 'spec.security.rbac.serviceAccountName',
  startupProbe: 'spec.probes.startup',
  imagePullPolicy: 'spec.image.pullPolicy',
  imagePullSecrets: 'spec.image.pullSecrets',
  storageClassName: 'spec.storage.persistence.storageClass',
  token: 'spec.gateway.existingSecret',
  tokenSecret: 'spec.gateway.existingSecret',
  volumeMounts: 'spec.extraVolumeMounts',
  volumes: 'spec.extraVolumes',
};

/**
 * Where a field stands that was written somewhere else: below the same group if it is there, else below the groups around it, the nearest
 * and highest places first. A field inside of a type of Kubernetes is no such place.
 *
 * @param path of the field that is not known, its own name last
 * @returns paths in the API server's form; empty where there is none, or where too many would fit
 */
export function placesOf(path: readonly PathStep[], root: SchemaNode): string[] {
  const name = String(path.at(-1));
  const other = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  // A field beside `spec` was most likely meant to stand in it, one step of indentation to the right.
  const isBesideSpec = path.length === 1;
  if (other !== undefined && (isBesideSpec || path[0] === 'spec')) return [other];
  if (isBesideSpec) return root.properties?.get('spec')?.properties?.has(name) ? [`spec.${name}`] : [];
  for (let length = path.length - 1; length >= 1; length -= 1) {
    const parent = path.slice(0, length);
    const node = nodeAt(root, parent);
    const found = node === undefined ? [] : highest(node, parent, name);
    if (found.length > 0) return found.length <= MOST ? found.map(fieldPath) : [];
  }
  return [];
}

function nodeAt(root: SchemaNode, path: readonly PathStep[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const step of path) node = typeof step === 'number' ? node?.items : (node?.properties?.get(step) ?? node?.additional);
  return node;
}

/** The paths of the fields of this name that are nearest to the node. */
function highest(node: SchemaNode, path: readonly PathStep[], name: string): PathStep[][] {
  let level: [SchemaNode, readonly PathStep[]][] = [[node, path]];
  while (level.length > 0) {
    const next: typeof level = level.flatMap(([one, at]) =>
      groupsOf(one).map(([key, child]): [SchemaNode, readonly PathStep[]] => [child, [...at, key]]),
    );
    const found = next.filter(([, at]) => at.at(-1) === name).map(([, at]) => [...at]);
    if (found.length > 0) return found;
    level = next;
  }
  return [];
}

/** The fields of a group of ours. */
function groupsOf({ properties, preserve }: SchemaNode): [string, SchemaNode][] {
  return preserve || properties === undefined ? [] : [...properties];
}
