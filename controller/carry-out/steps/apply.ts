import type { Manifest } from '../../../constructs';
import { kinds } from '../../../constructs/wire/kinds';
import { objectId, refOf, refText } from '../../../constructs/wire/object-ref';
import type { Failure, ObjectOutcome } from '../../decide/outcome';
import type { Apply } from '../../lifecycle/step';
import { podUses } from '../../objects/pod-uses';
import type { Runner, StepContext } from '../runner';

/** Applies one manifest. What the server refuses is the outcome of this object; the others go on, but for pods that would use what is not ours. */
export const applyManifest: Runner<Apply> = {
  // Pods need what is filled before.
  stage: ({ manifest: { kind } }) => (kind === kinds.statefulSet.kind ? 'run' : 'change'),
  turnOf: ({ manifest }, table) => table.of(manifest).turn ?? 'rest',
  describe: ({ manifest }, { metadata: { namespace } }) => refText(refOf(manifest), namespace),
  run: async ({ manifest }, context) => {
    const { sink, instance, report, foreign } = context;
    const outcome = heldBack(manifest, context) ?? (await sink.apply(manifest, instance));
    if (outcome.action === 'foreign') foreign.set(objectId(outcome), refText(outcome, instance.metadata.namespace));
    report.objects.push(outcome);
    return 'done';
  },
};

/** A pod that found somebody else's claim, account, configuration or Secret under our names would run with them. */
function heldBack(manifest: Manifest, { instance, foreign }: StepContext): ObjectOutcome | undefined {
  if (manifest.kind !== kinds.statefulSet.kind || foreign.size === 0) return undefined;
  const uses = podUses(manifest, instance.metadata.namespace);
  const names = [...foreign].flatMap(([id, name]) => (uses.has(id) ? [name] : []));
  if (names.length === 0) return undefined;
  const message = `not changed, since its pod would use what is not ours: ${names.join(', ')}`;
  const failure: Failure = { reason: 'UsesForeign', message, transient: false };
  return { ...refOf(manifest), action: 'failed', failure };
}
