/** What stands in the directory of an instance and follows from no spec. Whoever renders the same instance elsewhere needs it for the same bytes. */
import type { Override } from '../../constructs';
import { tooDeepPath } from '../../constructs/spec/depth';
import { isObject } from '../../constructs/spec/json';
import { annotations } from '../../constructs/wire/names';
import type { ArgoSettings } from '../engines/argo';
import type { FluxSettings } from '../engines/flux';
import { KUSTOMIZATION_FILE, OVERRIDES_FILE, OWNER_FILE, type Placement, argoFile, fluxFile, instanceDirectory } from '../git/names';

export interface Standing {
  /** Whose the directory is. @default - it is nobody's */
  readonly owner?: string;
  /** The hash of its Secrets, which only the cluster can tell. @default - there is none */
  readonly secretHash?: string;
  /** What holds in place of the spec. @default - nothing does */
  readonly overrides?: readonly Override[];
  /** @default - there is no Kustomization for Flux */
  readonly flux?: FluxSettings;
  /** @default - there is no Application for Argo CD */
  readonly argo?: ArgoSettings;
}

/** Reads documents of a YAML text; what it cannot read it leaves out. */
export type ReadDocuments = (text: string, file: string) => readonly unknown[];

/** @param files texts by path; those of other instances may be among them */
export function standingOf(placement: Placement, files: ReadonlyMap<string, string>, read: ReadDocuments): Standing {
  const directory = instanceDirectory(placement);
  const textOf = (name: string): string | undefined => files.get(`${directory}/${name}`);
  const owner = /^owner: (\S+)$/m.exec(textOf(OWNER_FILE) ?? '')?.[1];
  const secretHash = hashIn(textOf(KUSTOMIZATION_FILE), read);
  const overrides = overridesIn(textOf(OVERRIDES_FILE));
  const flux = fluxIn(files.get(fluxFile(placement)), read);
  const argo = argoIn(files.get(argoFile(placement)), read);
  return {
    ...(owner !== undefined && { owner }),
    ...(secretHash !== undefined && { secretHash }),
    ...(overrides && { overrides }),
    ...(flux && { flux }),
    ...(argo && { argo }),
  };
}

function hashIn(text: string | undefined, read: ReadDocuments): string | undefined {
  if (text === undefined) return undefined;
  const [list] = read(text, KUSTOMIZATION_FILE);
  const patches = isObject(list) && Array.isArray(list['patches']) ? (list['patches'] as unknown[]) : [];
  for (const entry of patches) {
    const patch = isObject(entry) && typeof entry['patch'] === 'string' ? read(entry['patch'], KUSTOMIZATION_FILE)[0] : undefined;
    const hash = at(patch, 'spec', 'template', 'metadata', 'annotations', annotations.secretHash);
    if (typeof hash === 'string') return hash;
  }
  return undefined;
}

/** What holds in place of a spec, as it is recorded; `undefined` where that cannot be read: people write there, too. */
export function overridesIn(text: string | undefined): readonly Override[] | undefined {
  if (text === undefined) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(isOverride) && tooDeepPath(list) === undefined ? list : undefined;
  } catch {
    return undefined;
  }
}

function isOverride(value: unknown): value is Override {
  return isObject(value) && typeof value['field'] === 'string' && typeof value['reason'] === 'string' && 'value' in value;
}

function fluxIn(text: string | undefined, read: ReadDocuments): FluxSettings | undefined {
  if (text === undefined) return undefined;
  const [kustomization] = read(text, 'flux');
  const word = wordsOf(kustomization);
  const source = word('spec', 'sourceRef', 'name');
  if (source === undefined) return undefined;
  const settings = {
    sourceKind: word('spec', 'sourceRef', 'kind') === 'OCIRepository' ? ('OCIRepository' as const) : undefined,
    namespace: word('metadata', 'namespace'),
    interval: word('spec', 'interval'),
    retryInterval: word('spec', 'retryInterval'),
    timeout: word('spec', 'timeout'),
    serviceAccountName: word('spec', 'serviceAccountName'),
  };
  return { source, ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) };
}

function argoIn(text: string | undefined, read: ReadDocuments): ArgoSettings | undefined {
  if (text === undefined) return undefined;
  const [application] = read(text, 'argocd');
  const word = wordsOf(application);
  const project = word('spec', 'project');
  const [repository, revision] = [word('spec', 'source', 'repoURL'), word('spec', 'source', 'targetRevision')];
  if (project === undefined || repository === undefined || revision === undefined) return undefined;
  const settings = { namespace: word('metadata', 'namespace'), server: word('spec', 'destination', 'server') };
  return { project, repository, revision, ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) };
}

/** Reads texts of a document by their path. */
function wordsOf(document: unknown): (...path: string[]) => string | undefined {
  return (...path) => {
    const found = at(document, ...path);
    return typeof found === 'string' ? found : undefined;
  };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, field) => (isObject(inner) && Object.hasOwn(inner, field) ? inner[field] : undefined), value);
}
