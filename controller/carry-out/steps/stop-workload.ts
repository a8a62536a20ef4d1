import { refOf, refText } from '../../../constructs/wire/object-ref';
import { jsonPatch } from '../../api/requests';
import type { StopWorkload } from '../../lifecycle/step';
import type { Runner } from '../runner';

/** Asks this very workload for no pods. It keeps everything else. */
export const stopWorkload: Runner<StopWorkload> = {
  stage: 'change',
  describe: ({ workload }, { metadata: { namespace } }) => `stopping ${refText(refOf(workload), namespace)}`,
  run: async ({ workload }, { api, kinds }) => {
    const { namespace, name, uid } = workload.metadata;
    await jsonPatch(api, kinds.of(workload), namespace, name, [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'add', path: '/spec/replicas', value: 0 },
    ]);
    return 'done';
  },
};
