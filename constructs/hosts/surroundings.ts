import type { Instance } from '../spec/instance';

/** Where pods of an instance run and as whom: the same for the agent's pod and for those of jobs, in wire form. */
export function podSurroundings({ availability, image, security }: Instance['spec']): Record<string, unknown> {
  const { nodeSelector, tolerations, affinity, runtimeClassName } = availability;
  return {
    securityContext: { ...security.podSecurityContext, seccompProfile: { type: 'RuntimeDefault' } },
    imagePullSecrets: image.pullSecrets,
    nodeSelector,
    tolerations,
    affinity,
    runtimeClassName,
  };
}
