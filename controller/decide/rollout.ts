import { createHash } from 'node:crypto';
import type { Manifest, Resolution } from '../../constructs';
import type { KubeObject } from '../objects/objects';
import type { Observed } from '../observe/observed';

/** On the pod template: a keyed hash of the Secrets that the pod reads at start, so that a new value rolls the pod. */
export const SECRET_HASH = 'openclaw.rocks/secret-hash';

/**
 * A hash over the Secrets of an instance that its pod reads only at start.
 *
 * While one of them is missing, the hash of the running pod stays: a pod that works must not be replaced by one that cannot start. A pod that
 * does not run yet waits for the Secret anyway, and is not replaced when it comes.
 */
export function secretHash({ references }: Extract<Resolution, { ok: true }>, { secrets, owned }: Observed): string {
  const names = new Set(references.filter(({ kind, rollsPod }) => kind === 'Secret' && rollsPod).map(({ name }) => name));
  const live = owned.map(liveHash).find((value) => value !== undefined);
  if (live !== undefined && [...names].some((name) => !secrets.has(name))) return live;
  const hash = createHash('sha256');
  for (const name of [...names].sort()) hash.update(`${name}=${secrets.get(name)?.hash ?? ''}\n`);
  return hash.digest('hex').slice(0, 16);
}

function liveHash(object: KubeObject): string | undefined {
  if (object.kind !== 'StatefulSet') return undefined;
  return (object['spec'] as Partial<StatefulSetSpec> | undefined)?.template?.metadata.annotations?.[SECRET_HASH];
}

/** The same manifests with the same hash are made once, so that whoever compares them need not look inside. */
const hashed = new WeakMap<readonly Manifest[], { readonly value: string; readonly manifests: readonly Manifest[] }>();

/**
 * The manifests with the hash on the pod template. In Git mode it stands in the kustomization instead, so that the manifest files stay those
 * of `cdk8s synth`.
 */
export function withSecretHash(manifests: readonly Manifest[], value: string): readonly Manifest[] {
  const known = hashed.get(manifests);
  if (known?.value === value) return known.manifests;
  const made = manifests.map((manifest) =>
    manifest.kind === 'StatefulSet' ? withTemplateAnnotation(manifest, SECRET_HASH, value) : manifest,
  );
  hashed.set(manifests, { value, manifests: made });
  return made;
}

interface StatefulSetSpec {
  readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } };
}

function withTemplateAnnotation(manifest: Manifest, key: string, value: string): Manifest {
  const spec = manifest['spec'] as StatefulSetSpec;
  const { template } = spec;
  const annotations = { ...template.metadata.annotations, [key]: value };
  return { ...manifest, spec: { ...spec, template: { ...template, metadata: { ...template.metadata, annotations } } } };
}
