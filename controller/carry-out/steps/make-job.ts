import { refOf, refText } from '../../../constructs/wire/object-ref';
import { isAlreadyExists } from '../../api/errors';
import { create, get } from '../../api/requests';
import type { MakeJob } from '../../lifecycle/step';
import { jobs } from '../../objects/kinds';
import { foreignMessage, isOurs, ownerReference } from '../../objects/ownership';
import type { Runner } from '../runner';

/** Makes a Job. One that is there already was made before a crash, or is not yet in the cache. */
export const makeJob: Runner<MakeJob> = {
  stage: 'change',
  describe: ({ job }, { metadata: { namespace } }) => refText(refOf(job), namespace),
  run: async ({ job }, { api, instance }) => {
    const { namespace } = instance.metadata;
    const metadata = { ...job.metadata, namespace, ownerReferences: [ownerReference(instance)] };
    try {
      await create(api, { ...job, metadata });
      return 'done';
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const live = await get(api, jobs, namespace, job.metadata.name);
      if (live === undefined || isOurs(live, instance)) return 'done';
      return { reason: 'ObjectNotOurs', message: foreignMessage(live, refOf(job), namespace), transient: false };
    }
  },
};
