import { kinds } from '../../../constructs/wire/kinds';
import { refOf, refText } from '../../../constructs/wire/object-ref';
import { jsonPatch } from '../../api/requests';
import type { StopDeployment } from '../../lifecycle/step';
import type { Runner } from '../runner';

/** Asks this very Deployment for no pods. It keeps everything else. */
export const stopDeployment: Runner<StopDeployment> = {
  stage: 'change',
  describe: ({ deployment }, { metadata: { namespace } }) => `stopping ${refText(refOf(deployment), namespace)}`,
  run: async ({ deployment }, { api }) => {
    const { namespace, name, uid } = deployment.metadata;
    await jsonPatch(api, kinds.deployment, namespace, name, [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'add', path: '/spec/replicas', value: 0 },
    ]);
    return 'done';
  },
};
