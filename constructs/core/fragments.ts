import type { Part, Rule, RuleInput } from '../part';
import type { Reference } from '../spec/reference';
import { error } from '../spec/issue';
import { paths, volumes } from '../wire/names';
import { envFromReferences, envReferences, volumeReferences } from '../spec/pod-references';
import { unrestrictedFragments } from './restricted';
import { homeFolders } from './storage';

/** Where we mount volumes into the agent's container. */
const OWN_MOUNTS = new Set<string>([paths.state, ...homeFolders.map((folder) => `${paths.home}/${folder}`), '/tmp', paths.operatorConfig]);

/** Kubernetes mounts one volume at a path. */
const takenPaths: Rule = function* ({ spec }) {
  for (const [index, { mountPath }] of (spec.extraVolumeMounts ?? []).entries()) {
    const path = mountPath.replace(/(?<=.)\/+$/, '');
    if (!OWN_MOUNTS.has(path) && !(spec.security.caBundle && path === paths.caBundle)) continue;
    yield error(`spec.extraVolumeMounts[${index}].mountPath`, 'mounts/taken', `${path} is taken by a volume of ours: choose another path`);
  }
};

const OWN_VOLUMES: readonly string[] = Object.values(volumes);

/** A mount of a volume that is not there makes the whole pod invalid. */
const missingVolumes: Rule = function* ({ spec }) {
  const known = new Set(OWN_VOLUMES);
  for (const { name } of [...(spec.sidecarVolumes ?? []), ...(spec.extraVolumes ?? [])]) known.add(name);
  const lists = [
    { path: 'spec.extraVolumeMounts', mounts: spec.extraVolumeMounts ?? [] },
    ...(['initContainers', 'sidecars'] as const).flatMap((list) =>
      (spec[list] ?? []).map(({ volumeMounts = [] }, index) => ({ path: `spec.${list}[${index}].volumeMounts`, mounts: volumeMounts })),
    ),
  ];
  for (const { path, mounts } of lists) {
    for (const [index, { name }] of mounts.entries()) {
      if (known.has(name)) continue;
      yield error(`${path}[${index}].name`, 'mounts/no-volume', `no volume is named "${name}": add it to extraVolumes or sidecarVolumes`);
    }
  }
};

function* references({ spec }: RuleInput): Iterable<Reference> {
  for (const list of ['initContainers', 'sidecars'] as const) {
    for (const [index, { name, env, envFrom }] of (spec[list] ?? []).entries()) {
      const path = `spec.${list}[${index}]`;
      yield* envFromReferences(envFrom, `${path}.envFrom`, `environment of ${name}`);
      yield* envReferences(env, `${path}.env`);
    }
  }
  yield* volumeReferences(spec.sidecarVolumes, 'spec.sidecarVolumes');
  yield* volumeReferences(spec.extraVolumes, 'spec.extraVolumes');
}

/** Containers and volumes as users wrote them. They come last, and reach the pod byte for byte. */
export const fragments: Part = {
  name: 'fragments',
  claims: ['initContainers', 'sidecars', 'sidecarVolumes', 'extraVolumes', 'extraVolumeMounts'],
  rules: [takenPaths, missingVolumes, unrestrictedFragments],
  references,
  create: (_scope, { pod }, { spec }) => {
    pod.addFragments('initContainers', spec.initContainers ?? []);
    pod.addFragments('containers', spec.sidecars ?? []);
    pod.addVolumeFragments([...(spec.sidecarVolumes ?? []), ...(spec.extraVolumes ?? [])]);
  },
};
