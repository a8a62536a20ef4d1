import { refOf, refText } from '../../../constructs/wire/object-ref';
import { get, jsonPatch } from '../../api/requests';
import type { TakeOver } from '../../lifecycle/step';
import { takenFields } from '../../objects/writers';
import type { Runner } from '../runner';

/**
 * Moves the fields of a predecessor to our manager. Guarded by the version that was read: what somebody writes in between is a conflict, and the
 * next pass looks again. Where nothing is left to move nothing is sent.
 */
export const takeOver: Runner<TakeOver> = {
  stage: 'take-over',
  describe: ({ object }, { metadata: { namespace } }) => `taking over ${refText(refOf(object), namespace)}`,
  run: async ({ object, predecessors, isScaled }, { api, kinds, sink, instance, report }) => {
    const { namespace, name, uid } = object.metadata;
    const kind = kinds.of(object);
    const live = await get(api, kind, namespace, name);
    if (live === undefined || live.metadata.uid !== uid) return 'done';
    const taken = takenFields({ ...live, apiVersion: object.apiVersion }, new Set(predecessors), isScaled);
    if (taken === undefined) return 'done';
    await jsonPatch(api, kind, namespace, name, [
      { op: 'replace', path: '/metadata/managedFields', value: taken.managedFields },
      { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
    ]);
    // What was sent before need not be what is wanted of the fields that came with it.
    if (predecessors.includes('engine')) sink.forget(instance.metadata);
    report.taken.push({ ...refOf(object), from: taken.from });
    return 'done';
  },
};
