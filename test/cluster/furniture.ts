// What every cluster holds before a test begins.

const capacity = {
  cpu: '1000',
  memory: '4Ti',
  pods: '10000',
  'ephemeral-storage': '10Ti',
  'nvidia.com/gpu': '64',
};

/** The one node, large enough for anything; kwok plays its kubelet. */
export const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'node-1',
    labels: {
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': 'node-1',
    },
  },
  status: { capacity, allocatable: capacity },
};

/** The default class: a claim waits for its pod, as on most clouds. */
export const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: 'standard',
    annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
  },
  provisioner: 'kubernetes.io/host-path',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

/** A pod whose becoming ready shows that the controllers, the scheduler and the kubelet's part all work. */
export const readinessGate = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'readiness-gate', namespace: 'default' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10' }],
  },
};
