import { createHash } from 'node:crypto';
import type { Manifest, Resolution } from '../constructs';
import type { Observed } from './plan';

/** On the pod template: a keyed hash of the Secrets that the pod reads at start, so that a new value rolls the pod. */
export const SECRET_HASH = 'openclaw.rocks/secret-hash';

/**
 * A hash over the Secrets of an instance that its pod reads only at start. A missing one counts as such, so that its arrival rolls the pod.
 */
export function secretHash({ references }: Extract<Resolution, { ok: true }>, { secrets }: Observed): string {
  const names = new Set(references.filter(({ kind, rollsPod }) => kind === 'Secret' && rollsPod).map(({ name }) => name));
  const hash = createHash('sha256');
  for (const name of [...names].sort()) hash.update(`${name}=${secrets.get(name)?.hash ?? ''}\n`);
  return hash.digest('hex').slice(0, 16);
}

/**
 * The manifests with the hash on the pod template. In Git mode it stands in the kustomization instead, so that the manifest files stay those
 * of `cdk8s synth`.
 */
export function withSecretHash(manifests: readonly Manifest[], value: string): readonly Manifest[] {
  return manifests.map((manifest) => (manifest.kind === 'StatefulSet' ? withTemplateAnnotation(manifest, SECRET_HASH, value) : manifest));
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
