import type { Delivery } from '../../controller/observe/observed';
import { APPROVALS, type Approval } from '../../gitops/publish/approval';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';

/** What is committed only after a person has approved its plan. @throws UsageError where that could not hold */
export function approvalOf(values: FlagValues, delivery: Delivery): Approval {
  const [problem] = approvalProblems(values, delivery);
  if (problem !== undefined) throw new UsageError(problem);
  return approvalIn(values) ?? 'none';
}

/** What is wrong with it, of the controller and of an install. */
export function approvalProblems(values: FlagValues, delivery: Delivery): string[] {
  const approval = approvalIn(values);
  if (approval === undefined) return [`--git-approval is "${text(values, 'git-approval') ?? ''}": use ${APPROVALS.join(', ')}`];
  if (approval === 'none') return [];
  if (delivery !== 'git') return ['--git-approval needs --delivery git: what is applied without a repository waits for nobody'];
  if ((text(values, 'git-pull-requests') ?? 'off') !== 'off') {
    return ['--git-approval and --git-pull-requests exclude each other: whoever merges a pull request approves it'];
  }
  return [];
}

function approvalIn(values: FlagValues): Approval | undefined {
  const approval = text(values, 'git-approval') ?? 'none';
  return APPROVALS.find((one) => one === approval);
}
