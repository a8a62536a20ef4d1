import type { ResolvedOpenClawInstanceSpec } from '../../imports/types';

/** Whether an autoscaler decides how many pods there are. Each of them then needs data of its own. */
export function isAutoscaled({ availability }: Pick<ResolvedOpenClawInstanceSpec, 'availability'>): boolean {
  return availability.autoScaling.enabled;
}
