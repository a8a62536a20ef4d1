import { refOf, refText } from '../../../constructs/wire/object-ref';
import { remove } from '../../api/requests';
import type { DeleteClaim } from '../../lifecycle/step';
import { claims } from '../../objects/kinds';
import type { Runner } from '../runner';

/** Deletes this very claim, and not a later one of its name. */
export const deleteClaim: Runner<DeleteClaim> = {
  stage: 'change',
  describe: ({ claim }, { metadata: { namespace } }) => `removal of ${refText(refOf(claim), namespace)}`,
  run: async ({ claim }, { api, report }) => {
    const { namespace, name, uid } = claim.metadata;
    if (await remove(api, claims, namespace, name, uid === undefined ? {} : { uid })) report.pruned.push(refOf(claim));
    return 'done';
  },
};
