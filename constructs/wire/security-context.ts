/**
 * What a container of ours may do. Meets the `restricted` Pod Security level.
 *
 * One maker for all containers: a field forgotten on one of them makes the whole pod inadmissible.
 */
export interface ContainerHardening {
  /** The user of the image; the pod's user where it is left out. */
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  /** @default true */
  readonly runAsNonRoot?: boolean;
  /** @default true */
  readonly readOnlyRootFilesystem?: boolean;
}

export function hardened(options: ContainerHardening = {}): Record<string, unknown> {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: options.readOnlyRootFilesystem ?? true,
    runAsGroup: options.runAsGroup,
    runAsNonRoot: options.runAsNonRoot ?? true,
    runAsUser: options.runAsUser,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}
