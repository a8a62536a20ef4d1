import { refOf, refText } from '../../../constructs/wire/object-ref';
import type { Apply } from '../../lifecycle/step';
import type { Runner } from '../runner';

/** Applies one manifest. What the server refuses is the outcome of this object; the others go on. */
export const applyManifest: Runner<Apply> = {
  stage: 'change',
  turnOf: ({ manifest }, kinds) => kinds.of(manifest).turn ?? 'rest',
  describe: ({ manifest }, { metadata: { namespace } }) => refText(refOf(manifest), namespace),
  run: async ({ manifest }, { sink, instance, report }) => {
    report.objects.push(await sink.apply(manifest, instance));
    return 'done';
  },
};
