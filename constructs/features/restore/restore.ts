import type { Check, Part } from '../../part';
import { warning } from '../../spec/issue';
import { mayRestore } from '../../wire/restore-path';

const PATH = 'spec.restoreFrom';

const nothingKept: Check = function* ({ spec }) {
  if (spec.storage.persistence.enabled) return;
  yield warning(
    PATH,
    'restore/no-persistence',
    'nothing is restored, since storage.persistence.enabled is false: set that to true, or remove it',
  );
};

/** No error: the pods that run need nothing of it, and the bucket may be one of the namespace's own, where everything is allowed. */
const othersPath: Check = function* ({ namespace, spec, facts }) {
  if (namespace === undefined || spec.restoreFrom === undefined || mayRestore(spec.restoreFrom, namespace, facts.policy)) return;
  yield warning(
    PATH,
    'restore/other-tenant',
    'is not in the folder of this namespace: it is restored only with a Secret s3-backup-credentials of the namespace itself, or where an administrator opens the path ("restores" in the policy)',
  );
};

/** Data from a bucket. The controller does it, as a story of its own; nothing is rendered, since a document is applied again and again. */
export const restore: Part = {
  name: 'restore',
  claims: ['restoreFrom'],
  isEnabled: ({ restoreFrom }) => restoreFrom !== undefined,
  checks: [nothingKept, othersPath],
};
