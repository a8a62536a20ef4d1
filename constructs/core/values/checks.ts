import type { Check } from '../../part';
import { annotations } from '../../wire/names';
import { annotationMistakes, podAnnotationMistakes } from './annotations';
import { containerMistakes, hostPortMistakes, mountMistakes, securityMistakes } from './container';
import { egressMistakes } from './egress';
import { envFromNameMistakes, envSourceMistakes } from './env';
import { fractionalAmounts } from './resources';
import { affinityMistakes, spreadMistakes, tolerationMistakes } from './scheduling';
import { volumeMistakes } from './volume';

/** Containers, volumes and mounts of the user: what the API server would have against them. */
export const fragmentValues: Check = function* ({ spec }) {
  for (const list of ['initContainers', 'sidecars'] as const) {
    const placed = (spec[list] ?? []).map((container, index) => ({ container, path: `spec.${list}[${index}]` }));
    for (const { container, path } of placed) yield* containerMistakes(container, path, list);
    // Init containers run one after the other.
    if (list === 'sidecars') yield* hostPortMistakes(placed);
    else for (const one of placed) yield* hostPortMistakes([one]);
  }
  for (const list of ['sidecarVolumes', 'extraVolumes'] as const) {
    for (const [index, volume] of (spec[list] ?? []).entries()) yield* volumeMistakes(volume, `spec.${list}[${index}]`);
  }
  yield* mountMistakes(spec.extraVolumeMounts, 'spec.extraVolumeMounts');
};

/** What the user writes of the agent's own container, and of the pod around it. */
export const agentValues: Check = function* ({ spec }, { pod }) {
  const { availability, env, envFrom, podAnnotations, resources, security } = spec;
  yield* envSourceMistakes(env, 'spec.env');
  yield* envFromNameMistakes(envFrom, 'spec.envFrom');
  yield* securityMistakes(security.containerSecurityContext, 'spec.security.containerSecurityContext');
  yield* tolerationMistakes(availability.tolerations, 'spec.availability.tolerations');
  if (availability.affinity) yield* affinityMistakes(availability.affinity, 'spec.availability.affinity');
  yield* spreadMistakes(availability.topologySpreadConstraints, 'spec.availability.topologySpreadConstraints');
  yield* fractionalAmounts(resources.requests, 'spec.resources.requests');
  yield* fractionalAmounts(resources.limits, 'spec.resources.limits');

  const theirs = new Set([...(spec.initContainers ?? []), ...(spec.sidecars ?? [])].map(({ name }) => name));
  const ours = { ...pod.annotations, [annotations.configHash]: '' };
  yield* annotationMistakes(podAnnotations, 'spec.podAnnotations', ours);
  yield* podAnnotationMistakes(
    podAnnotations,
    'spec.podAnnotations',
    (name) => theirs.has(name) || pod.ownerOf('container', name) !== undefined,
  );
};

export const egressValues: Check = ({ spec }) =>
  egressMistakes(spec.security.networkPolicy.additionalEgress, 'spec.security.networkPolicy.additionalEgress');
