import { isInvalid, isNotFound } from '../../api/errors';
import { get, jsonPatch } from '../../api/requests';
import type { ClearRestore } from '../../lifecycle/step';
import { instances } from '../../objects/kinds';
import type { KubeObject } from '../../objects/objects';
import type { Runner } from '../runner';

const PATH = '/spec/restoreFrom';

/** Where client-side apply keeps the document; our caches do not. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Takes the field out. Whoever applies the document again would put it back, so it stays where somebody does. */
export const clearRestore: Runner<ClearRestore> = {
  stage: 'change',
  describe: () => 'clearing of spec.restoreFrom',
  run: async ({ path }, { api, instance }) => {
    const { namespace, name, uid } = instance.metadata;
    try {
      const live = await get(api, instances, namespace, name);
      if (live?.metadata.uid !== uid || isApplied(live)) return 'done';
      await jsonPatch(api, instances, namespace, name, [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'test', path: PATH, value: path },
        { op: 'remove', path: PATH },
      ]);
    } catch (error) {
      // Somebody was faster; a test that fails is no failure.
      if (!isNotFound(error) && !isInvalid(error)) throw error;
    }
    return 'done';
  },
};

/** Whether the field comes from a document that is applied, now and again: client-side apply keeps that, server-side apply says so in managed fields. */
function isApplied({ metadata: { managedFields = [], annotations = {} } }: KubeObject): boolean {
  if (annotations[LAST_APPLIED]?.includes('"restoreFrom"')) return true;
  return managedFields.some(
    ({ operation, fieldsV1 }) => operation === 'Apply' && JSON.stringify(fieldsV1 ?? {}).includes('"f:restoreFrom"'),
  );
}
