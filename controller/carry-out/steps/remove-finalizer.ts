import { jsonPatch } from '../../api/requests';
import type { RemoveFinalizer } from '../../lifecycle/step';
import { instances } from '../../objects/kinds';
import { FINALIZER } from '../../objects/ownership';
import type { Runner } from '../runner';

/** Takes off our finalizer, and never that of another in its place. */
export const removeFinalizer: Runner<RemoveFinalizer> = {
  stage: 'release',
  describe: () => 'removal of the finalizer',
  run: async (_step, { api, instance }) => {
    const { namespace, name, finalizers = [] } = instance.metadata;
    const path = `/metadata/finalizers/${finalizers.indexOf(FINALIZER)}`;
    await jsonPatch(api, instances, namespace, name, [
      { op: 'test', path, value: FINALIZER },
      { op: 'remove', path },
    ]);
    return 'done';
  },
};
