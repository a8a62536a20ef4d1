/** The commit that a few wishes come to. */
import type { Plan } from '../../constructs/review/plan';
import { instanceLines, summaryLines } from '../../constructs/review/plan-summary';
import { isSecretText } from '../../constructs/resolve/secrets/secret-forms';
import type { BatchSettings } from './batch-settings';
import { type CommittedInstance, commitMessage } from './commit-message';
import type { Inspected } from './judge';
import { type PublishRequest, isDeletion, replacementFor } from './publish';
import type { BuiltCommit } from './tree-store';
import type { TreeDraft } from './tree-draft';

export interface CommitBase {
  readonly base: string | undefined;
  /** Of that commit. The wishes are put into it. */
  readonly draft: TreeDraft;
  /** What they change together. @default - it could not be told */
  readonly plan?: Plan | undefined;
}

export function commitOf(
  changed: readonly Inspected[],
  { base, draft, plan }: CommitBase,
  { repository, engine, clock }: Pick<BatchSettings, 'repository' | 'engine' | 'clock'>,
): Promise<BuiltCommit> {
  for (const { request } of changed) draft.replace(replacementFor(request));
  return repository.commit(base, draft, messageOf(changed, plan, engine), clock.now().getTime());
}

export function messageOf(changed: readonly Inspected[], plan: Plan | undefined, engine: string): string {
  const [only] = plan?.instances ?? [];
  const lines = changed.length === 1 ? only && summaryLines(only) : plan && instanceLines(plan);
  return commitMessage({
    cluster: changed[0]?.request.placement.cluster ?? '',
    instances: changed.map(committedInstance),
    engine,
    ...(plan !== undefined && plan.instances.length > 0 && { plan: plan.hash }),
    ...(lines && { lines }),
  });
}

function committedInstance({ request, inspection: { changes } }: Inspected): CommittedInstance {
  const { placement, layout, generation, gate } = request;
  const isNew = changes.every(({ action }) => action === 'created');
  const withheld = (text: string | undefined): string | undefined =>
    text !== undefined && (isSecretText(text, undefined) || gate?.taints?.isIn(text)) ? '(withheld)' : text;
  return {
    namespace: placement.namespace,
    name: placement.name,
    action: layout === undefined ? 'removed' : actionOf(request, isNew),
    changes: changes.map(({ id, action }) => ({ id: id.slice(id.lastIndexOf('/') + 1), action })),
    generation,
    digest: layout?.digest,
    reason: withheld(request.reason),
    changedBy: withheld(request.changedBy),
  };
}

function actionOf(request: PublishRequest, isNew: boolean): CommittedInstance['action'] {
  if (isDeletion(request)) return 'deleted';
  return isNew ? 'created' : 'configured';
}
