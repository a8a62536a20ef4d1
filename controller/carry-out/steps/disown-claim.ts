import { refOf, refText } from '../../../constructs/wire/object-ref';
import { jsonPatch } from '../../api/requests';
import type { DisownClaim } from '../../lifecycle/step';
import { claims } from '../../objects/kinds';
import type { Runner } from '../runner';

/** Takes the reference to the instance off a claim; those to others stay. */
export const disownClaim: Runner<DisownClaim> = {
  stage: 'prepare',
  describe: ({ claim }, { metadata: { namespace } }) => `owner reference of ${refText(refOf(claim), namespace)}`,
  run: async ({ claim }, { api, instance }) => {
    const { namespace, name, ownerReferences = [] } = claim.metadata;
    const path = `/metadata/ownerReferences/${ownerReferences.findIndex(({ uid }) => uid === instance.metadata.uid)}`;
    await jsonPatch(api, claims, namespace, name, [
      { op: 'test', path: `${path}/uid`, value: instance.metadata.uid },
      { op: 'remove', path },
    ]);
    return 'done';
  },
};
