import { refOf, refText } from '../../../constructs/wire/object-ref';
import type { Preview } from '../../lifecycle/step';
import type { Runner } from '../runner';

/** A release of which this object would be refused is not applied in part: whatever else it changes waits. */
export const previewManifest: Runner<Preview> = {
  stage: 'preview',
  describe: ({ manifest }, { metadata: { namespace } }) => `preview of ${refText(refOf(manifest), namespace)}`,
  run: async ({ manifest }, { sink, instance, report }) => {
    const refused = await sink.refusal(manifest, instance);
    if (refused === undefined) return 'done';
    const { failure } = refused;
    report.objects.push({ ...refused, failure: { ...failure, message: `${failure.message}; nothing of this change is applied` } });
    return 'blocked';
  },
};
