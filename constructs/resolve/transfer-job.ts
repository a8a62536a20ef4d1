import type { Part, TransferRequest } from '../part';
import { parts as registeredParts } from '../parts';
import type { Instance } from '../spec/instance';
import type { Manifest } from '../wire/manifest';
import { bindParts, enabledParts } from './bind';

/**
 * The Job of one copy of an instance's data, which the controller makes beside the manifests.
 *
 * @returns `undefined` where no part makes such Jobs, or the instance keeps no data
 */
export function transferJob(instance: Instance, request: TransferRequest, parts: readonly Part[] = registeredParts): Manifest | undefined {
  const { hosts } = bindParts(instance, enabledParts(instance.spec, parts));
  for (const { transferJob: make } of parts) {
    const job = make?.(hosts, instance, request);
    if (job) return job;
  }
  return undefined;
}
