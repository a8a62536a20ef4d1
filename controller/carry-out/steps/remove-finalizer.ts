import { isInvalid, isNotFound } from '../../api/errors';
import type { ApiPort } from '../../api/port';
import { get, jsonPatch } from '../../api/requests';
import type { RemoveFinalizer } from '../../lifecycle/step';
import { instances } from '../../objects/kinds';
import type { KubeObject } from '../../objects/objects';
import { FINALIZER } from '../../objects/ownership';
import type { Runner } from '../runner';

/**
 * Takes off our finalizer, and never that of another in its place. What was seen may be older than our own last write: an instance that is gone,
 * or that has the finalizer no more, is done.
 */
export const removeFinalizer: Runner<RemoveFinalizer> = {
  stage: 'release',
  describe: () => 'removal of the finalizer',
  run: async (_step, { api, instance }) => {
    try {
      await takeOff(api, instance);
    } catch (error) {
      if (isNotFound(error)) return 'done';
      if (!isInvalid(error)) throw error;
      const { namespace, name, uid } = instance.metadata;
      const live = await get(api, instances, namespace, name);
      if (live?.metadata.uid === uid && live.metadata.finalizers?.includes(FINALIZER)) await takeOff(api, live);
    }
    return 'done';
  },
};

async function takeOff(api: ApiPort, { metadata: { namespace, name, uid, finalizers = [] } }: KubeObject): Promise<void> {
  const path = `/metadata/finalizers/${finalizers.indexOf(FINALIZER)}`;
  await jsonPatch(api, instances, namespace, name, [
    // Another instance of the name may have come, which needs its own.
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path, value: FINALIZER },
    { op: 'remove', path },
  ]);
}
