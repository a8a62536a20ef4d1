import { createHash } from 'node:crypto';
import type { KubeObject } from './objects';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A hash of what a live object says where the desired one speaks. It changes when somebody changed a field of ours, and not when the cluster
 * writes one of its own beside it: the volume of a claim, a status, an annotation.
 *
 * Fields are told apart down to those of `spec`, `data` and the like, and single labels and annotations. Below that a value counts as a whole,
 * since many are one to the server too: a selector, say, to which nobody else may add.
 */
export function liveHash(live: KubeObject, desired: KubeObject): string {
  const { metadata, ...fields } = desired;
  const { labels, annotations } = metadata;
  return hashOf([
    {
      ...among(live.metadata, metadata),
      labels: among(live.metadata.labels, labels),
      annotations: among(live.metadata.annotations, annotations),
    },
    Object.entries(fields).map(([name, value]) => (isFields(value) && isFields(live[name]) ? among(live[name], value) : live[name])),
  ]);
}

/** Those fields of `live` that `desired` has. */
function among(live: Fields | undefined, desired: Fields | undefined): Fields {
  return Object.fromEntries(Object.keys(desired ?? {}).map((name) => [name, live?.[name]]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A hash of any JSON. The order of keys counts: it is that of the renderer, or that of the API server. */
export function hashOf(value: unknown): string {
  return createHash('sha1').update(JSON.stringify(value)).digest('base64');
}
