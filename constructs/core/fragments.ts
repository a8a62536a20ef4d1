import { hides, normalizedPath } from '../hosts/mount-path';
import type { Check, Part, CheckInput } from '../part';
import type { Reference } from '../spec/reference';
import { error } from '../spec/issue';
import { envFromReferences, envReferences, volumeReferences } from '../spec/pod-references';
import { unrestrictedFragments } from './restricted';
import { fragmentValues } from './values/checks';

/** A container of ours, or one of its kind, would be replaced by the other: names stand in one list. */
const takenNames: Check = function* ({ spec }, { pod }) {
  for (const list of ['initContainers', 'sidecars'] as const) {
    for (const [index, { name }] of (spec[list] ?? []).entries()) {
      if (pod.ownerOf('container', name) === undefined) continue;
      yield error(`spec.${list}[${index}].name`, 'fragments/taken', `"${name}" is the name of a container of ours: choose another name`);
    }
  }
  for (const list of ['sidecarVolumes', 'extraVolumes'] as const) {
    for (const [index, { name }] of (spec[list] ?? []).entries()) {
      if (pod.ownerOf('volume', name) === undefined) continue;
      yield error(`spec.${list}[${index}].name`, 'fragments/taken', `"${name}" is the name of a volume of ours: choose another name`);
    }
  }
};

/** Kubernetes mounts one volume at a path, and a mount above one of ours would hide it. */
const takenPaths: Check = function* ({ spec }, { pod }) {
  const ours = pod.mountPaths;
  const seen = new Set<string>();
  for (const [index, { mountPath }] of (spec.extraVolumeMounts ?? []).entries()) {
    const path = normalizedPath(mountPath);
    const hidden = ours.find((other) => hides(path, other));
    const mistake = seen.has(path) ? `a second mount at ${path}` : hidden && takenText(path, hidden);
    seen.add(path);
    if (mistake !== undefined) yield error(`spec.extraVolumeMounts[${index}].mountPath`, 'mounts/taken', `${mistake}: choose another path`);
  }
};

function takenText(path: string, hidden: string): string {
  return path === hidden ? `${path} is taken by a volume of ours` : `${path} would hide ${hidden}, where a volume of ours is`;
}

/** A mount of a volume that is not there makes the whole pod invalid. */
const missingVolumes: Check = function* ({ spec }, { pod }) {
  const theirs = new Set([...(spec.sidecarVolumes ?? []), ...(spec.extraVolumes ?? [])].map(({ name }) => name));
  const lists = [
    { path: 'spec.extraVolumeMounts', mounts: spec.extraVolumeMounts ?? [] },
    ...(['initContainers', 'sidecars'] as const).flatMap((list) =>
      (spec[list] ?? []).map(({ volumeMounts = [] }, index) => ({ path: `spec.${list}[${index}].volumeMounts`, mounts: volumeMounts })),
    ),
  ];
  for (const { path, mounts } of lists) {
    for (const [index, { name }] of mounts.entries()) {
      if (theirs.has(name) || pod.ownerOf('volume', name) !== undefined) continue;
      yield error(`${path}[${index}].name`, 'mounts/no-volume', `no volume is named "${name}": add it to extraVolumes or sidecarVolumes`);
    }
  }
};

function* references({ spec }: CheckInput): Iterable<Reference> {
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
  checks: [takenNames, takenPaths, missingVolumes, fragmentValues, unrestrictedFragments],
  references,
  bind: ({ pod }, { spec }) => {
    pod.addFragments('initContainers', spec.initContainers ?? []);
    pod.addFragments('containers', spec.sidecars ?? []);
    pod.addVolumeFragments([...(spec.sidecarVolumes ?? []), ...(spec.extraVolumes ?? [])]);
  },
};
