import { kinds } from '../../../constructs/wire/kinds';
import { MANAGED_BY, labels, objectNames } from '../../../constructs/wire/names';
import { get } from '../../api/requests';
import type { Failure } from '../../decide/outcome';
import type { Unpublish } from '../../lifecycle/step';
import type { Kind } from '../../objects/kinds';
import type { KubeObject, LiveInstance } from '../../objects/objects';
import { controllerOf } from '../../objects/ownership';
import type { Runner, StepContext } from '../runner';

export const NO_REPOSITORY: Failure = {
  reason: 'GitNotConfigured',
  message:
    'the instance stands in Git and the controller has no repository: set it again, or remove the directory and the finalizer yourself',
  transient: false,
};

/** Until the repository holds nothing of the instance any more, nothing else is taken away. */
export const unpublish: Runner<Unpublish> = {
  stage: 'withdraw',
  describe: () => 'removal from Git',
  run: async ({ isGone, abandon }, context) => {
    const { git, instance, report } = context;
    if (git === undefined) return instance.status?.git?.tree === undefined ? 'done' : NO_REPOSITORY;
    report.git = await (abandon ? git.abandon(instance) : git.unpublish(instance, isGone && (await isReallyGone(context))));
    return report.git.state === 'committed' ? 'done' : 'blocked';
  },
};

/** What the engine applies for an instance, by the kind and the name. Claims stay, and Secrets of ours go with the instance. */
const APPLIED: readonly (readonly [kind: Kind, nameOf: (name: string) => string])[] = [
  [kinds.statefulSet, objectNames.statefulSet],
  [kinds.service, objectNames.service],
  [kinds.service, objectNames.cdp],
  [kinds.ingress, objectNames.ingress],
  [kinds.networkPolicy, objectNames.networkPolicy],
  [kinds.podDisruptionBudget, objectNames.podDisruptionBudget],
  [kinds.roleBinding, objectNames.roleBinding],
  [kinds.role, objectNames.role],
  [kinds.serviceAccount, objectNames.serviceAccount],
  [kinds.configMap, objectNames.config],
  [kinds.configMap, objectNames.workspace],
];

/**
 * An empty look-up proves nothing: engines write values of their own into labels. So before the directory goes each name is asked for. What is there
 * counts, unless it is clearly somebody else's.
 */
async function isReallyGone({ api, instance }: StepContext): Promise<boolean> {
  const { namespace, name } = instance.metadata;
  for (const [kind, nameOf] of APPLIED) {
    const live = await get(api, kind, namespace, nameOf(name));
    if (live && mayBeOurs(live, instance)) return false;
  }
  return true;
}

function mayBeOurs(live: KubeObject, { metadata: { name, uid } }: LiveInstance): boolean {
  const controller = controllerOf(live);
  if (controller) return controller.uid === uid;
  const { [labels.ownName]: maker = name, [labels.managedBy]: managedBy } = live.metadata.labels ?? {};
  return managedBy === MANAGED_BY && maker === name;
}
