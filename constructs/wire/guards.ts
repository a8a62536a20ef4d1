import type { ApiObjectMetadata } from 'cdk8s';
import { kinds } from './kinds';
import type { Manifest } from './manifest';
import { engineAnnotations } from './names';

/**
 * On every claim, however it is delivered. What is rendered may be deleted by whoever applies it: a claim that vanished from a folder, a branch
 * or a chart must not take its data along.
 */
const CLAIM_GUARDS: Readonly<Record<string, string>> = {
  // A claim whose feature is off is wanted by nobody, and kept: no difference that Argo CD would have to mend.
  [engineAnnotations.argoCompare]: 'IgnoreExtraneous',
  [engineAnnotations.argoSync]: 'Prune=false,Delete=false',
  [engineAnnotations.helmPolicy]: 'keep',
  [engineAnnotations.fluxPrune]: 'disabled',
};

/** A postBuild of Flux replaces `${NAME}` in all that it applies: configuration and programs would be rewritten. */
const NO_SUBSTITUTION: Readonly<Record<string, string>> = { [engineAnnotations.fluxSubstitute]: 'disabled' };

/** The metadata of an object of this kind, with what keeps engines from deleting it. */
export function guardedMetadata<M extends ApiObjectMetadata>(kind: string, metadata: M): M {
  if (kind !== kinds.claim.kind) return metadata;
  return { ...metadata, annotations: { ...metadata.annotations, ...CLAIM_GUARDS } };
}

/** The manifest with what keeps Flux from rewriting its texts, where there is something to rewrite. Keys stay sorted. */
export function withoutSubstitution(manifest: Manifest): Manifest {
  if (!holdsVariable(manifest)) return manifest;
  const { annotations, ...metadata } = manifest.metadata;
  const all = Object.entries({ ...annotations, ...NO_SUBSTITUTION }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...manifest, metadata: { annotations: Object.fromEntries(all), ...metadata } };
}

/** Whether `${` stands in any text below. */
function holdsVariable(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${');
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsVariable);
  for (const key in value) if (key.includes('${') || holdsVariable((value as Record<string, unknown>)[key])) return true;
  return false;
}
