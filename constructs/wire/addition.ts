import type { Manifest } from './manifest';

type Texts = Readonly<Record<string, string>>;

/**
 * What a delivery adds to the metadata of one object. The rendered bytes stay those of `cdk8s synth`: the API server gets objects with the
 * additions in them, Git gets the files and the additions as patches beside them.
 */
export interface Addition {
  /** On the object. */
  readonly labels?: Texts;
  /** On the object. */
  readonly annotations?: Texts;
  /** On the template of its pods: a change rolls them. */
  readonly podAnnotations?: Texts;
}

/** Additions by the id of the object. */
export type Additions = ReadonlyMap<string, Addition>;

interface PodTemplate {
  readonly metadata?: { readonly annotations?: Texts };
}

/** The manifest with an addition in it. */
export function withAddition(manifest: Manifest, { labels, annotations, podAnnotations }: Addition): Manifest {
  const { metadata } = manifest;
  const added = {
    ...manifest,
    metadata: {
      ...metadata,
      ...(annotations && { annotations: { ...metadata.annotations, ...annotations } }),
      ...(labels && { labels: { ...metadata.labels, ...labels } }),
    },
  };
  return podAnnotations ? withPodAnnotations(added, podAnnotations) : added;
}

function withPodAnnotations(manifest: Manifest, more: Texts): Manifest {
  const spec = manifest['spec'] as { readonly template: PodTemplate };
  const { template } = spec;
  const annotations = { ...template.metadata?.annotations, ...more };
  return { ...manifest, spec: { ...spec, template: { ...template, metadata: { ...template.metadata, annotations } } } };
}
