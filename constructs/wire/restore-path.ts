import { NO_POLICY, type Policy, opensPath } from '../spec/policy';
import { tenantOf } from './names';

/**
 * Whether an instance of a namespace may be restored from a path in the bucket of the installation: from its own tenant's folder, or from what an
 * administrator opens to it.
 */
export function mayRestore(path: string, namespace: string, policy: Policy = NO_POLICY): boolean {
  return path.startsWith(`backups/${tenantOf(namespace)}/`) || opensPath(policy, namespace, path);
}
