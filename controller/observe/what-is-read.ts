import { tooDeepPath } from '../../constructs/spec/depth';
import { labels } from '../../constructs/wire/names';
import type { KubeObject, LiveInstance } from '../objects/objects';

const OUR_LABELS: ReadonlySet<string> = new Set(Object.values(labels));

/** Which object it is, and which state of it: no more of its metadata. */
export function whichOne({ name, namespace, uid, resourceVersion }: KubeObject['metadata']): KubeObject['metadata'] {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}

/**
 * Of an object that anybody may have made, what a pass reads: its name and version, its owners, and labels of ours. Annotations and the rest can
 * be as large as their owner likes, and there may be as many objects as there is room for.
 */
export function whatIsRead({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { deletionTimestamp, ownerReferences } = metadata;
  const ours = Object.entries(metadata.labels ?? {}).filter(([key]) => OUR_LABELS.has(key));
  return {
    apiVersion,
    kind,
    metadata: {
      ...whichOne(metadata),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(ownerReferences && { ownerReferences }),
      ...(ours.length > 0 && { labels: Object.fromEntries(ours) }),
    },
  };
}

/**
 * An instance is resolved as its document stands, and who wrote it is no field of that. Overrides take any value, and ours are plain: deeper ones are
 * not ours, and more than a call stack holds.
 */
export function asWritten(instance: LiveInstance): LiveInstance {
  const { writers: _writers, appliedState: _applied, ...metadata } = instance.metadata;
  const { status } = instance;
  if (status?.overrides === undefined || tooDeepPath(status.overrides) === undefined) return { ...instance, metadata };
  const { overrides: _overrides, ...rest } = status;
  return { ...instance, metadata, status: rest };
}
