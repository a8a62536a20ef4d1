import { refOf, refText } from '../../../constructs/wire/object-ref';
import { isInvalid, isNotFound } from '../../api/errors';
import type { ApiPort } from '../../api/port';
import { get, jsonPatch } from '../../api/requests';
import type { DisownClaim } from '../../lifecycle/step';
import { claims } from '../../objects/kinds';
import type { KubeObject, LiveInstance } from '../../objects/objects';
import type { Runner } from '../runner';

/** Takes the reference to the instance off a claim; those to others stay. It may be off already, by our own last write. */
export const disownClaim: Runner<DisownClaim> = {
  stage: 'prepare',
  describe: ({ claim }, { metadata: { namespace } }) => `owner reference of ${refText(refOf(claim), namespace)}`,
  run: async ({ claim }, { api, instance }) => {
    try {
      await disown(api, claim, instance);
    } catch (error) {
      if (isNotFound(error)) return 'done';
      if (!isInvalid(error)) throw error;
      const live = await get(api, claims, claim.metadata.namespace, claim.metadata.name);
      if (live && indexOfOwner(live, instance) !== -1) await disown(api, live, instance);
    }
    return 'done';
  },
};

function indexOfOwner({ metadata: { ownerReferences = [] } }: KubeObject, instance: LiveInstance): number {
  return ownerReferences.findIndex(({ uid }) => uid === instance.metadata.uid);
}

async function disown(api: ApiPort, claim: KubeObject, instance: LiveInstance): Promise<void> {
  const path = `/metadata/ownerReferences/${indexOfOwner(claim, instance)}`;
  await jsonPatch(api, claims, claim.metadata.namespace, claim.metadata.name, [
    { op: 'test', path: `${path}/uid`, value: instance.metadata.uid },
    { op: 'remove', path },
  ]);
}
