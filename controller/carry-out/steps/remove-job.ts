import { refOf, refText } from '../../../constructs/wire/object-ref';
import { isConflict } from '../../api/errors';
import { remove } from '../../api/requests';
import type { RemoveJob } from '../../lifecycle/step';
import { jobs } from '../../objects/kinds';
import type { Runner } from '../runner';

/** Removes this very Job. Its pods go first: whoever takes the volume next must not meet them. */
export const removeJob: Runner<RemoveJob> = {
  stage: 'change',
  describe: ({ job }, { metadata: { namespace } }) => `removal of ${refText(refOf(job), namespace)}`,
  run: async ({ job }, { api }) => {
    const { namespace, name, uid } = job.metadata;
    try {
      await remove(api, jobs, namespace, name, { propagationPolicy: 'Foreground', ...(uid !== undefined && { uid }) });
    } catch (error) {
      // Another Job of that name is there by now.
      if (!isConflict(error)) throw error;
    }
    return 'done';
  },
};
