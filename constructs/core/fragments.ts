import type { Part } from '../part';

/** Containers and volumes as users wrote them. They come last, and reach the pod byte for byte. */
export const fragments: Part = {
  name: 'fragments',
  claims: ['initContainers', 'sidecars', 'sidecarVolumes', 'extraVolumes', 'extraVolumeMounts'],
  create: (_scope, { pod }, { spec }) => {
    pod.addFragments('initContainers', spec.initContainers ?? []);
    pod.addFragments('containers', spec.sidecars ?? []);
    pod.addVolumeFragments([...(spec.sidecarVolumes ?? []), ...(spec.extraVolumes ?? [])]);
  },
};
