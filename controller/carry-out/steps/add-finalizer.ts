import { isNotFound } from '../../api/errors';
import { mergePatch } from '../../api/requests';
import type { AddFinalizer } from '../../lifecycle/step';
import { instances } from '../../objects/kinds';
import { FINALIZER } from '../../objects/ownership';
import type { Runner } from '../runner';

/** A patch of this one field: writing the instance as a whole would take ownership of its spec. A stale view is a conflict. */
export const addFinalizer: Runner<AddFinalizer> = {
  stage: 'prepare',
  describe: () => 'finalizer',
  run: async (_step, { api, instance, rights }) => {
    const { namespace, name, resourceVersion, finalizers = [] } = instance.metadata;
    await rights?.keep(namespace);
    try {
      await mergePatch(api, instances, namespace, name, { metadata: { resourceVersion, finalizers: [...finalizers, FINALIZER] } });
      return 'done';
    } catch (error) {
      // Deleted before it was looked at: nothing may be made for it any more.
      if (isNotFound(error)) return 'blocked';
      throw error;
    }
  },
};
