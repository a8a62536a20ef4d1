import { labels } from '../../../constructs/wire/names';
import { refOf, refText } from '../../../constructs/wire/object-ref';
import { type JsonPatchStep, get, jsonPatch } from '../../api/requests';
import type { LetGo } from '../../lifecycle/step';
import type { KubeObject, LiveInstance } from '../../objects/objects';
import { isAppliedByEngine, isAppliedByUs, withoutOurs } from '../../objects/writers';
import type { Runner } from '../runner';

/**
 * Leaves an object to the engine that applies it: our managed fields go from the books, so that no value of it changes, and with them the owner
 * reference and the UID, which nothing that comes by Git has. Guarded by the version that was read.
 */
export const letGo: Runner<LetGo> = {
  stage: 'change',
  describe: ({ object }, { metadata: { namespace } }) => `letting go ${refText(refOf(object), namespace)}`,
  run: async ({ object }, { api, kinds, sink, instance }) => {
    const { namespace, name, uid } = object.metadata;
    const kind = kinds.of(object);
    const live = await get(api, kind, namespace, name);
    if (live === undefined || live.metadata.uid !== uid || !isAppliedByUs(live) || !isAppliedByEngine(live)) return 'done';
    await jsonPatch(api, kind, namespace, name, patchFor(live, instance));
    // What was sent before says nothing of what is there from now on.
    sink.forget(instance.metadata);
    return 'done';
  },
};

function patchFor(live: KubeObject, { metadata }: LiveInstance): JsonPatchStep[] {
  const { ownerReferences = [], labels: found = {}, resourceVersion } = live.metadata;
  const owners = ownerReferences.filter(({ uid }) => uid !== metadata.uid);
  const isOwned = owners.length < ownerReferences.length;
  return [
    { op: 'replace', path: '/metadata/managedFields', value: withoutOurs(live) },
    ...(isOwned ? [{ op: 'replace', path: '/metadata/ownerReferences', value: owners } as const] : []),
    ...(found[labels.ownUid] === metadata.uid ? [{ op: 'remove', path: `/metadata/labels/${pointer(labels.ownUid)}` } as const] : []),
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
  ];
}

/** A key as RFC 6901 writes it. */
function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
