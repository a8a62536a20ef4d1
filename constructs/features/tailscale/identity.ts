import { hasClaimPerPod } from '../../core/storage';
import type { Env, Mount } from '../../hosts/container';
import type { Hosts } from '../../hosts/hosts';
import type { Instance } from '../../spec/instance';
import { containers, objectNames, volumeFolders, volumes } from '../../wire/names';

/** Where a private folder of the data volume is mounted, and the folder in it that the sidecar can write to. */
const MOUNT_PATH = '/tailscale-state';
const SHARED = `${MOUNT_PATH}/tailscale`;

/** Where the sidecar keeps the identity of the device and its certificates. */
export interface Identity {
  readonly env: readonly Env[];
  /** Of the sidecar, and of the init container that prepares the folder. */
  readonly mounts: readonly Mount[];
  /** Of that init container. */
  readonly preparation: readonly Env[];
  /** Whether it outlives the pod. */
  readonly isLasting: boolean;
}

/**
 * Whether it cannot lie in a Secret: where the agent speaks to the API server, since containers of a pod share one account and the agent could
 * read it; and where there are several pods, which would be one device.
 */
export function isOnVolume({ rbac }: Pick<Hosts, 'rbac'>, { spec }: Pick<Instance, 'spec'>): boolean {
  return rbac.reaches(containers.agent) || hasClaimPerPod(spec);
}

/** The Secret, or the private folder of the volume; without either, the pod's own folder, and every pod is a new device. */
export function identityOf(hosts: Pick<Hosts, 'rbac'>, instance: Pick<Instance, 'name' | 'spec' | 'volumeLayout'>): Identity {
  const { name, spec, volumeLayout } = instance;
  const inTmp = { name: 'TS_STATE_DIR', value: '/tmp/tailscale' };
  if (!isOnVolume(hosts, instance)) {
    const secret = { name: 'TS_KUBE_SECRET', value: objectNames.tailscaleState(name) };
    return { env: [inTmp, secret], mounts: [], preparation: [], isLasting: true };
  }
  // Without both the program looks for a Secret as soon as it sees a cluster.
  const noCluster = [
    { name: 'TS_KUBE_SECRET', value: '' },
    { name: 'KUBERNETES_SERVICE_HOST', value: '' },
  ];
  // In the other layout the agent sees the root of the volume.
  if (!spec.storage.persistence.enabled || volumeLayout !== 'subfolder')
    return { env: [inTmp, ...noCluster], mounts: [], preparation: [], isLasting: false };
  return {
    // Made by the program itself: it sets a mode, and may not where somebody else has made the folder.
    env: [{ name: 'TS_STATE_DIR', value: `${SHARED}/state` }, ...noCluster],
    mounts: [{ name: volumes.data, mountPath: MOUNT_PATH, subPath: volumeFolders.private }],
    preparation: [{ name: 'TAILSCALE_STATE', value: SHARED }],
    isLasting: true,
  };
}

/** Whether the identity lies in the Secret. */
export function usesSecret(identity: Identity): boolean {
  return identity.env.some(({ name, value }) => name === 'TS_KUBE_SECRET' && value !== '');
}
