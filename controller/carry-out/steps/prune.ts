import { refOf, refText } from '../../../constructs/wire/object-ref';
import type { Prune } from '../../lifecycle/step';
import type { Runner } from '../runner';

/** Removes this very object, and not a later one of its name. */
export const pruneObject: Runner<Prune> = {
  stage: 'change',
  describe: ({ object }, { metadata: { namespace } }) => `removal of ${refText(refOf(object), namespace)}`,
  run: async ({ object }, { sink, instance, report }) => {
    if (await sink.prune(object, instance)) report.pruned.push(refOf(object));
    return 'done';
  },
};
