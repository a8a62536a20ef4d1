/** Names in Git mode are a contract too: what runs in clusters carries them, and other people's Argo CD and Flux settings name the paths. */
import { createHash } from 'node:crypto';
import { GitError } from './errors';

/** Where an instance stands. */
export interface Placement {
  /** Name of the cluster: it never changes once something was committed. */
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** Objects that exist in Git mode only. */
export const gitObjectNames = {
  /** Says in the cluster which release was applied. */
  release: (name: string) => `${name}-release`,
  /** Takes the place of everything while an instance is being deleted. */
  tombstone: (name: string) => `${name}-tombstone`,
} as const;

export const gitAnnotations = {
  /** On the StatefulSet and in the release marker: digest of what was committed. */
  releaseDigest: 'openclaw.rocks/release-digest',
} as const;

/** On an instance: the hash of the plan that a person has approved. */
export const APPROVE_PLAN = 'openclaw.rocks/approve-plan';

/** The command that approves a plan. All of its words are names that the API server took, or hexadecimal digits. */
export function approveCommand({ namespace, name }: Pick<Placement, 'namespace' | 'name'>, hash: string): string {
  return `kubectl -n ${namespace} annotate openclawinstance ${name} --overwrite ${APPROVE_PLAN}=${hash}`;
}

/** Marks a directory as ours. Not YAML and not JSON: Argo CD would apply those. */
export const OWNER_FILE = 'openclaw.owner';
/** Keeps a shared folder that would be empty. No engine takes it for a manifest. */
export const KEEP_FILE = '.gitkeep';
export const KUSTOMIZATION_FILE = 'kustomization.yaml';
/** What holds in place of the spec, as JSON: synth of the spec with it gives the files. No engine takes it for a manifest. */
export const OVERRIDES_FILE = 'openclaw.overrides';

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** The longest label value. Flux writes the name of a Kustomization into a label of every object. */
const LONGEST_LABEL = 63;

/**
 * Refuses a placement that is no path.
 *
 * @throws {@link GitError} `FILE-NAME`
 */
export function checkPlacement({ cluster, namespace, name }: Placement): void {
  for (const [what, value] of Object.entries({ cluster, namespace, name })) {
    if (!LABEL.test(value)) {
      throw new GitError(
        'FILE-NAME',
        `the ${what} ${JSON.stringify(value.slice(0, 80))} cannot be a directory: use lower-case letters, digits and '-'`,
      );
    }
  }
}

/** Whether a text can be the name of a directory of ours. */
export function isDirectoryName(text: string): boolean {
  return LABEL.test(text);
}

/** The directory that an instance owns whole. */
export function instanceDirectory({ cluster, namespace, name }: Placement): string {
  return `clusters/${cluster}/instances/${namespace}/${name}`;
}

/** The parameters of an instance for an ApplicationSet of Argo CD. Namespaces have no dots, so no two instances share one. */
export function indexFile({ cluster, namespace, name }: Placement): string {
  return `clusters/${cluster}/index/${namespace}.${name}.json`;
}

/** Those of all instances of a cluster, as a pattern. */
export function indexFiles(cluster: string): string {
  return `clusters/${cluster}/index/*.json`;
}

/** Where the Flux Kustomizations of all instances of a cluster stand. */
export function fluxDirectory(cluster: string): string {
  return `clusters/${cluster}/flux`;
}

/** The Flux Kustomization of an instance. */
export function fluxFile({ cluster, namespace, name }: Placement): string {
  return `${fluxDirectory(cluster)}/${namespace}.${name}.yaml`;
}

/** Where the Applications of Argo CD of all instances of a cluster stand, where no ApplicationSet makes them. */
export function argoDirectory(cluster: string): string {
  return `clusters/${cluster}/argocd`;
}

/** The Application of an instance. */
export function argoFile({ cluster, namespace, name }: Placement): string {
  return `${argoDirectory(cluster)}/${namespace}.${name}.yaml`;
}

/** The name of the Flux Kustomization of an instance. A name that is too long for a label is cut and told apart by a hash. */
export function fluxName({ namespace, name }: Placement): string {
  const full = `${namespace}.${name}`;
  if (full.length <= LONGEST_LABEL) return full;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 10);
  return `${full.slice(0, LONGEST_LABEL - hash.length - 1)}-${hash}`.replace('.-', '-');
}
