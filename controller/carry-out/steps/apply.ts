import { kinds } from '../../../constructs/wire/kinds';
import { refOf, refText } from '../../../constructs/wire/object-ref';
import type { Apply } from '../../lifecycle/step';
import type { Runner } from '../runner';

/** Applies one manifest. What the server refuses is the outcome of this object; the others go on. */
export const applyManifest: Runner<Apply> = {
  stage: ({ manifest: { kind } }) => (kind === kinds.statefulSet.kind ? 'run' : 'change'),
  describe: ({ manifest }, { metadata: { namespace } }) => refText(refOf(manifest), namespace),
  run: async ({ manifest }, { sink, instance, report }) => {
    report.objects.push(await sink.apply(manifest, instance));
    return 'done';
  },
};
