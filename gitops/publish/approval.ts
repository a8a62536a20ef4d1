/** What has to be approved before it is committed: by the hash of its plan, so that whoever approves has approved this change and no other. */
import type { ObjectChange, Plan } from '../../constructs/review/plan';
import { summaryLines } from '../../constructs/review/plan-summary';
import { risksText } from '../../constructs/review/plan-text';
import { GitError } from '../git/errors';
import { OVERRIDES_FILE, approveCommand } from '../git/names';
import type { Inspected } from './judge';
import { shortOf } from './plan-note';
import { type PublishRequest, directoryOf, isDeletion } from './publish';

/** - `none`: nothing; `risks`: what carries a risk; `all`: every change of an object */
export const APPROVALS = ['none', 'risks', 'all'] as const;

export type Approval = (typeof APPROVALS)[number];

const IMAGE = /^spec\.template\.spec\.containers\[\]\.image$/;
const PLACE_OF_RUNS = /^spec\.jobTemplate\.spec\.template\.spec\.affinity\.podAffinity\b/;

/**
 * Why a change waits; `undefined` where it may be committed. A deletion waits for nobody, nor does a change of no object: a rotated Secret, or
 * what Git mode alone has.
 *
 * @param plan of this wish alone, against the commit that it is to follow
 * @param along of a release that is {@link isTakenBack taken back}: what else goes with it. @default - nobody can tell
 */
export function awaited(
  one: Pick<Inspected, 'request' | 'inspection'>,
  plan: Plan,
  approval: Approval,
  along?: Plan,
): GitError | undefined {
  const { request } = one;
  const [change] = plan.instances;
  if (change === undefined || isDeletion(request) || !isCounted(plan, approval)) return undefined;
  if (request.approved === plan.hash || isOfPodsAlone(one, change.objects)) return undefined;
  if (along !== undefined && !isCounted(along, approval)) return undefined;
  const risks = plan.risks.length > 0 ? `risks: ${risksText(plan.risks)}` : 'no risks';
  const rider = along === undefined ? '' : `; the way back would be free without ${shortOf(along.instances.flatMap(summaryLines))}`;
  const message = `${plan.hash} waits for an approval; ${risks} (${shortOf(summaryLines(change))})${rider}`;
  return new GitError('AWAITING-APPROVAL', message, `look at the plan, then approve it: ${approveCommand(request.placement, plan.hash)}`);
}

/** Whether a plan has something that is to be approved. */
function isCounted({ instances, risks }: Plan, approval: Approval): boolean {
  return approval === 'all' ? instances.length > 0 : approval === 'risks' && risks.length > 0;
}

/**
 * Whether pods leave the release of an update that is being taken back. That waits for nobody, as long as nothing goes along: what would change
 * with the release and the pods left as they are, since the spec, another override, a ConfigMap or this program is another one by now.
 */
export function isTakenBack({ rollbackFrom }: PublishRequest, { instances }: Plan): boolean {
  return rollbackFrom !== undefined && instances.some(({ objects }) => objects.some((object) => leaves(object, rollbackFrom)));
}

/** Pods that are stopped for a time and come back: outages do not wait for people. The spec may not have changed with it. */
function isOfPodsAlone({ request, inspection }: Pick<Inspected, 'request' | 'inspection'>, objects: readonly ObjectChange[]): boolean {
  const { generation, known } = request;
  const isSameSpec = generation !== undefined && generation === known?.generation;
  if (!isSameSpec || !hasOtherOverrides(request, inspection)) return false;
  return objects.some(isOfPods) && objects.every((object) => isOfPods(object) || isOfPlaceOfRuns(object));
}

/** Whether pods had this release, and get another one. */
function leaves({ ref, fields }: ObjectChange, release: string): boolean {
  return ref.kind === 'StatefulSet' && fields.some(({ shape, before }) => IMAGE.test(shape) && String(before).endsWith(`:${release}`));
}

/** Where runs of the schedule go follows from whether the agent is there. */
function isOfPlaceOfRuns({ ref, action, fields }: ObjectChange): boolean {
  return ref.kind === 'CronJob' && action === 'configured' && fields.every(({ shape }) => PLACE_OF_RUNS.test(shape));
}

function isOfPods({ ref, action, fields }: ObjectChange): boolean {
  return ref.kind === 'StatefulSet' && action === 'configured' && fields.every(({ path }) => path === 'spec.replicas');
}

function hasOtherOverrides(request: PublishRequest, { changes }: Inspected['inspection']): boolean {
  return changes.some(({ id }) => id === `${directoryOf(request)}/${OVERRIDES_FILE}`);
}
