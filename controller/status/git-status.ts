import type { GitStatus, OpenClawInstanceStatus } from '../../constructs';
import type { StatusView } from './status-input';

/** A status is read by many: a password in a URL stops here, should one have come this far. */
function withoutCredentials(url: string): string {
  return url.replace(/:\/\/[^/@]*@/, '://');
}

/** How the instance is delivered. It is recorded with the first delivery, and stays: until then the wish may change. */
export function deliveryStatus({ plan, previous, wanted }: StatusView): OpenClawInstanceStatus['delivery'] {
  return previous.delivery ?? (wanted && plan.delivery);
}

/** What Git holds of the instance. A publish under way, or one that failed, leaves what was committed before. */
export function gitStatus({ plan, outcome: { git }, previous }: StatusView): GitStatus | undefined {
  if (plan.delivery !== 'git') return undefined;
  if (!git) return previous.git;
  const place: GitStatus = { repository: withoutCredentials(git.repository), branch: git.branch, path: git.path };
  const last = previous.git ?? {};
  const isSamePlace = last.repository === place.repository && last.branch === place.branch && last.path === place.path;
  const tree = git.tree ?? (isSamePlace ? last.tree : undefined);
  const commit = git.commit ?? (isSamePlace ? last.commit : undefined);
  return { ...place, ...(tree !== undefined && { tree }), ...(commit !== undefined && { commit }) };
}
