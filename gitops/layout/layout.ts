import type { Manifest, ManifestSet, Override } from '../../constructs';
import type { Additions } from '../../constructs/wire/addition';
import { commonLabels, labels } from '../../constructs/wire/names';
import { writeDocuments, writeYaml } from '../../constructs/wire/yaml/write-yaml';
import { releaseDigest } from './digest';
import { GitError } from '../git/errors';
import { type ArgoSettings, argoApplication } from '../engines/argo';
import { type FluxSettings, fluxKustomization } from '../engines/flux';
import { type ManifestFile, type ReleasePatches, kustomization } from './kustomization';
import {
  KUSTOMIZATION_FILE,
  OVERRIDES_FILE,
  OWNER_FILE,
  type Placement,
  argoFile,
  checkPlacement,
  fluxFile,
  gitObjectNames,
  indexFile,
  instanceDirectory,
} from '../git/names';
import { type TextFile, sortFiles } from '../git/text-file';

/** What a layout depends on beside the manifests. */
export interface LayoutOptions {
  readonly cluster: string;
  /** Who writes: the UID of the namespace kube-system of the writer's cluster. Two writers never share a directory. */
  readonly owner: string;
  /** What every delivery adds to the manifests. @default - nothing */
  readonly additions?: Additions | undefined;
  /** What holds in place of the spec; it is recorded beside the files. @default - nothing does */
  readonly overrides?: readonly Override[] | undefined;
  /** @default - no Kustomization for Flux is written */
  readonly flux?: FluxSettings | undefined;
  /** @default - no Application for Argo CD is written: an ApplicationSet makes them */
  readonly argo?: ArgoSettings | undefined;
}

/** All files of one instance. */
export interface InstanceLayout {
  readonly placement: Placement;
  /** Wholly owned: it is replaced as one. */
  readonly directory: string;
  /** Sorted by path. Those outside the directory (index, Flux) belong to the instance too. */
  readonly files: readonly TextFile[];
  /** See {@link releaseDigest}. @default - a tombstone has none */
  readonly digest?: string;
}

/** The longest file name of common file systems, in bytes. */
const LONGEST_FILE_NAME = 255;

/**
 * Lays out a manifest set for Git. Each manifest file has the bytes that `cdk8s synth` writes for the object.
 *
 * @throws {@link GitError} `NOT-FOR-GIT`, `SECRET-FOUND`, `FILE-COLLISION`, `FILE-NAME`
 */
export function layout(set: ManifestSet, options: LayoutOptions): InstanceLayout {
  const placement = placementOf(set, options);
  for (const manifest of set.manifests) refuse(manifest);
  const { additions } = options;
  const fileOf = (manifest: Manifest): ManifestFile => ({ file: manifestFileName(manifest, placement.namespace), manifest });
  const manifestFiles = set.manifests.map(fileOf);
  const digest = releaseDigest(manifestFiles.map(textFile), rolling(additions));
  const marker = configMap(placement, gitObjectNames.release(placement.name), { digest });
  const all = [...manifestFiles, fileOf(marker)];
  refuseCollisions(all);
  return { ...lay(placement, all, { digest, additions }, options), digest };
}

/**
 * Takes the place of everything while an instance is being deleted: the engine prunes what is no longer listed and finds a directory that is
 * not empty. Removing the directory at once would leave the objects (Flux) or alarm a guard (Argo CD).
 *
 * @throws {@link GitError} `FILE-NAME`
 */
export function tombstone(placement: Placement, options: Pick<LayoutOptions, 'owner' | 'flux' | 'argo'>): InstanceLayout {
  checkPlacement(placement);
  const grave = configMap(placement, gitObjectNames.tombstone(placement.name), { state: 'deleted' });
  return lay(placement, [{ file: manifestFileName(grave, placement.namespace), manifest: grave }], { digest: '' }, options);
}

/** All paths that an instance ever owns, to be removed together. */
export function ownedPaths(placement: Placement): { readonly directory: string; readonly beside: readonly string[] } {
  return { directory: instanceDirectory(placement), beside: [argoFile(placement), fluxFile(placement), indexFile(placement)] };
}

/** The constant file that makes a directory ours. Whether it is there can be told from its object id. */
export function ownerText(owner: string): string {
  return `# This directory belongs to one OpenClaw instance and is replaced whole. Files put here by hand are removed.\nowner: ${owner}\n`;
}

function placementOf({ namespace, name }: ManifestSet, { cluster, owner }: LayoutOptions): Placement {
  if (namespace === undefined) throw new GitError('FILE-NAME', `the instance ${name} names no namespace: set metadata.namespace`);
  const placement = { cluster, namespace, name };
  checkPlacement(placement);
  if (!/^[A-Za-z0-9-]{1,64}$/.test(owner)) throw new GitError('GIT-SETTINGS', 'the owner id must be a UID');
  return placement;
}

function lay(
  placement: Placement,
  manifestFiles: readonly ManifestFile[],
  release: ReleasePatches,
  { owner, flux, argo, overrides = [] }: Pick<LayoutOptions, 'owner' | 'flux' | 'argo' | 'overrides'>,
): InstanceLayout {
  const directory = instanceDirectory(placement);
  const list = kustomization(manifestFiles, release);
  const inside: TextFile[] = [
    ...manifestFiles.map(textFile),
    { path: KUSTOMIZATION_FILE, text: writeYaml(list), source: list },
    { path: OWNER_FILE, text: ownerText(owner) },
    ...(overrides.length > 0 ? [{ path: OVERRIDES_FILE, text: `${JSON.stringify(overrides, null, 2)}\n`, source: overrides }] : []),
  ];
  const beside: TextFile[] = [{ path: indexFile(placement), text: indexText(placement, directory) }];
  if (flux) {
    const source = fluxKustomization(placement, directory, flux);
    beside.push({ path: fluxFile(placement), text: writeDocuments([source]), source });
  }
  if (argo) {
    const source = argoApplication(placement, directory, argo);
    beside.push({ path: argoFile(placement), text: writeDocuments([source]), source });
  }
  const files = [...inside.map((file) => ({ ...file, path: `${directory}/${file.path}` })), ...beside];
  return { placement, directory, files: sortFiles(files) };
}

/** What of the additions changes a release: what stands on pods. Labels and annotations of objects do not. */
function rolling(additions: Additions = new Map()): Record<string, string> {
  const all = [...additions].map(([id, { podAnnotations }]) => [id, podAnnotations] as const);
  return Object.fromEntries(all.flatMap(([id, podAnnotations]) => (podAnnotations ? [[id, JSON.stringify(podAnnotations)]] : [])));
}

function textFile({ file, manifest }: ManifestFile): TextFile {
  return { path: file, text: writeDocuments([manifest]), source: manifest };
}

/** Parameters for a git files generator. `path` is a parameter that Argo CD sets itself. */
function indexText({ cluster, namespace, name }: Placement, directory: string): string {
  return `${JSON.stringify({ cluster, namespace, name, directory }, null, 2)}\n`;
}

function configMap({ namespace, name: instance }: Placement, name: string, data: Record<string, string>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { labels: { ...commonLabels(instance), [labels.ownName]: instance }, name, namespace },
    data,
  };
}

/**
 * `statefulset.apps.alice.yaml`; kinds of the core group have no group: `configmap.alice-config.yaml`. An object of another namespace has that
 * in front: `monitoring_configmap.alice-dashboard.yaml`. No namespace and no kind holds an underscore, so no two objects share a file.
 *
 * @param home the namespace of the instance
 */
export function manifestFileName({ apiVersion, kind, metadata }: Manifest, home: string): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  // Names of RBAC objects may hold colons, which not every file system takes. No name holds an underscore.
  const { namespace = home } = metadata;
  const place = namespace === home ? '' : `${namespace}_`;
  const file = `${place}${kind}${group}.${metadata.name.replaceAll(':', '_')}.yaml`.toLowerCase();
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(file) || file.includes('..')) {
    throw new GitError('FILE-NAME', `${kind} ${JSON.stringify(metadata.name.slice(0, 80))} cannot be a file name`);
  }
  if (Buffer.byteLength(file) > LONGEST_FILE_NAME) {
    throw new GitError(
      'FILE-NAME',
      `the file of ${kind} ${metadata.name.slice(0, 80)}... would have a name of ${Buffer.byteLength(file)} bytes; ${LONGEST_FILE_NAME} are allowed`,
    );
  }
  return file;
}

/** What must never be in a repository: others could read it, another cluster could not use it, or an engine would run it again and again. */
function refuse(manifest: Manifest): void {
  const what = `${manifest.kind} ${manifest.metadata.name}`;
  if (manifest.kind === 'Secret' && (hasKeys(manifest['data']) || hasKeys(manifest['stringData']))) {
    throw new GitError('SECRET-FOUND', `${what} has data: a repository must not hold it`);
  }
  if (manifest.metadata['ownerReferences'] !== undefined) {
    throw new GitError('NOT-FOR-GIT', `${what} has ownerReferences: their UIDs belong to one cluster`);
  }
  if (manifest.kind === 'Job') {
    throw new GitError('NOT-FOR-GIT', `${what} runs once: an engine would find it missing after it ended, and run it again`);
  }
}

function hasKeys(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function refuseCollisions(files: readonly ManifestFile[]): void {
  const seen = new Map<string, Manifest>();
  for (const { file, manifest } of files) {
    const other = seen.get(file);
    if (other) {
      const [a, b] = [other, manifest].map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);
      throw new GitError('FILE-COLLISION', `${a} and ${b} would share the file ${file}`);
    }
    seen.set(file, manifest);
  }
}
