import type { Manifest } from '../../constructs';
import type { JsonObject } from '../../constructs/spec/json';
import type { Additions } from '../../constructs/wire/addition';
import { idOf } from '../../constructs/wire/object-ref';
import { writeYaml } from '../../constructs/wire/yaml/write-yaml';
import { gitAnnotations } from '../git/names';

/** A manifest and the file that holds it. */
export interface ManifestFile {
  /** Inside the directory of the instance. */
  readonly file: string;
  readonly manifest: Manifest;
}

/** What the files of one release come with. They stay those of `cdk8s synth`; all that is added are patches. */
export interface ReleasePatches {
  readonly digest: string;
  /** What every delivery adds. @default - nothing */
  readonly additions?: Additions | undefined;
}

/**
 * The document `kustomization.yaml`: an explicit list, so that stray files are never applied, and the patches.
 *
 * No object has a sync wave of Argo CD: it waits for the health of a wave without end, and applies no newer commit meanwhile, not even the one
 * that would mend what it waits for. The order of kinds, which every engine has by itself, is all that the API server needs.
 */
export function kustomization(files: readonly ManifestFile[], release: ReleasePatches): JsonObject {
  const sorted = files.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const patches = sorted.flatMap(({ manifest }) => [...mergePatch(manifest, release), ...claimTemplatePatch(manifest)]);
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: sorted.map(({ file }) => file),
    ...(patches.length > 0 && { patches }),
  };
}

/** One patch an object. It names its object itself: the names of a patch target would be regular expressions. */
function mergePatch(manifest: Manifest, { digest, additions }: ReleasePatches): JsonObject[] {
  const { labels, annotations: more, podAnnotations } = additions?.get(idOf(manifest)) ?? {};
  const annotations = { ...more, ...(manifest.kind === 'StatefulSet' && { [gitAnnotations.releaseDigest]: digest }) };
  if (Object.keys(annotations).length === 0 && labels === undefined && podAnnotations === undefined) return [];
  const { apiVersion, kind, metadata } = manifest;
  const patch = {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(labels && { labels }),
    },
    ...(podAnnotations && { spec: { template: { metadata: { annotations: podAnnotations } } } }),
  };
  return [{ patch: writeYaml(patch) }];
}

/** The API server fills in the type of a claim template; without it in Git, Argo CD sees a difference for ever. */
function claimTemplatePatch({ apiVersion, kind, metadata, ['spec']: spec }: Manifest): JsonObject[] {
  const templates = kind === 'StatefulSet' ? (spec as { volumeClaimTemplates?: unknown[] }).volumeClaimTemplates : undefined;
  if (templates === undefined || templates.length === 0) return [];
  const operations = templates.flatMap((_, index) => [
    { op: 'add', path: `/spec/volumeClaimTemplates/${index}/apiVersion`, value: 'v1' },
    { op: 'add', path: `/spec/volumeClaimTemplates/${index}/kind`, value: 'PersistentVolumeClaim' },
  ]);
  const [group, version] = apiVersion.split('/');
  const target = { group, version, kind, name: metadata.name.replaceAll('.', '\\.') };
  return [{ target, patch: JSON.stringify(operations) }];
}
