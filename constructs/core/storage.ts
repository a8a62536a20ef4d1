import type { Construct } from 'constructs';
import type { Check, CheckInput, Part } from '../part';
import type { Reference } from '../spec/reference';
import { programPath } from '../hosts/config';
import type { Mount } from '../hosts/container';
import type { ClaimTemplate } from '../hosts/workload';
import type { Instance } from '../spec/instance';
import { error, warning } from '../spec/issue';
import { isAutoscaled } from '../spec/replicas';
import { statedLayouts } from '../spec/volume-layout';
import { asset } from '../wire/assets';
import { WireObject } from '../wire/wire-object';
import { guardedMetadata } from '../wire/guards';
import { annotations, commonLabels, objectNames, paths, podClaimName, volumeNames, volumes } from '../wire/names';
import { objectMetadata } from '../wire/object-metadata';
import { kinds } from '../wire/kinds';
import { fractionalBytes } from './values/resources';

/** Whether each pod has a claim of its own, made from a template. A claim cannot serve two assistants: they would share one state. */
export function hasClaimPerPod(spec: Instance['spec']): boolean {
  const { enabled, existingClaim } = spec.storage.persistence;
  return enabled && existingClaim === undefined && isAutoscaled(spec);
}

/**
 * Where the data of an instance lives; of several pods, that of the first. Backup and status ask here too, so that nobody guesses a claim's
 * name.
 */
export function dataClaimName({ name, spec }: Pick<Instance, 'name' | 'spec'>): string | undefined {
  const { enabled, existingClaim } = spec.storage.persistence;
  if (!enabled) return undefined;
  if (hasClaimPerPod(spec)) return podClaimName(volumes.data, name, 0);
  return existingClaim ?? objectNames.data(name);
}

function* references({ name, spec }: CheckInput): Iterable<Reference> {
  const { enabled, existingClaim } = spec.storage.persistence;
  if (!enabled || existingClaim === undefined) return;
  yield {
    kind: 'PersistentVolumeClaim',
    name: existingClaim,
    path: 'spec.storage.persistence.existingClaim',
    purpose: `the data of ${name}`,
    keys: [],
  };
}

/** Whoever names a claim wants its data kept, and without persistence everything goes with the pod. */
const unusedClaim: Check = function* ({ spec }) {
  const { enabled, existingClaim } = spec.storage.persistence;
  if (enabled || existingClaim === undefined) return;
  yield warning(
    'spec.storage.persistence.existingClaim',
    'storage/unused-claim',
    'is not used, since persistence.enabled is false: set that to true, or remove the claim',
  );
};

/** A claim of the user may serve others as well, so its data is moved on request only. */
const layoutOfClaim: Check = function* ({ spec, annotations: stated }) {
  const layout = stated[annotations.volumeLayout];
  const { enabled, existingClaim } = spec.storage.persistence;
  if (layout !== undefined && !statedLayouts.includes(layout)) {
    yield error(`metadata.annotations[${annotations.volumeLayout}]`, 'storage/volume-layout', `must be ${statedLayouts.join(' or ')}`);
  } else if (layout === undefined && enabled && existingClaim !== undefined) {
    yield warning(
      'spec.storage.persistence.existingClaim',
      'storage/volume-layout',
      `the agent lives in the root of this volume, where releases from 2026.5.12 on cannot save their config unless the root belongs to their user: unless others use it too, annotate the instance with ${annotations.volumeLayout}: subfolder, which moves the data into a folder once`,
    );
  }
};

const claimSize: Check = function* ({ spec }) {
  const { enabled, existingClaim, size } = spec.storage.persistence;
  if (enabled && existingClaim === undefined) yield* fractionalBytes(size, 'spec.storage.persistence.size');
};

/** What is asked of the storage, for the one claim or for the template of many. */
function claimSpec({ spec }: Instance): object {
  const { accessModes, size, storageClass } = spec.storage.persistence;
  return { accessModes, resources: { requests: { storage: size } }, storageClassName: storageClass };
}

const BACKUP = { [annotations.backupEnabled]: 'true' };

/** A claim of its own for each pod. `volumeMode` is what the server fills in: without it the live template would never be the wanted one. */
function claimTemplate(instance: Instance): ClaimTemplate {
  const metadata = { name: volumes.data, labels: commonLabels(instance.name), annotations: BACKUP };
  return {
    apiVersion: 'v1',
    kind: kinds.claim.kind,
    metadata: guardedMetadata(kinds.claim.kind, metadata),
    spec: { ...claimSpec(instance), volumeMode: 'Filesystem' },
  };
}

function createClaim(scope: Construct, instance: Instance): void {
  new WireObject(scope, 'Data', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: objectMetadata(instance, objectNames.data(instance.name), { annotations: BACKUP }),
    produce: () => ({ spec: claimSpec(instance) }),
  });
}

/** The folders of HOME that programs write to. They live on the data volume, since the root file system is read only. */
export const homeFolders = ['.local', '.cache', '.config'] as const;

/** Folders of HOME in a container. The first init container has made them. */
export function homeMounts(...folders: readonly (typeof homeFolders)[number][]): Mount[] {
  return folders.map((folder) => ({ name: volumes.data, mountPath: `${paths.home}/${folder}`, subPath: folder }));
}

const PROGRAM = 'prepare-volume.mjs';
/** What programs that touch the volume import: `./volume.mjs`. */
const MODULE = 'volume.mjs';
const PLAN = 'volume-plan.json';

/** The folder of the pod that shows the root of the volume to programs of ours. The state is at its usual path in it. */
function wholeVolume({ volumeLayout }: Instance): string {
  return volumeLayout === 'subfolder' ? paths.home : paths.state;
}

/** The agent's state, for every container that works on it. */
export function stateMount({ volumeLayout }: Instance): Mount {
  return { name: volumes.data, mountPath: paths.state, ...(volumeLayout === 'subfolder' && { subPath: volumeNames.state }) };
}

/** The whole volume, for the first init container, which makes the folders that the others mount. */
export function wholeVolumeMount(instance: Instance): Mount {
  return { name: volumes.data, mountPath: wholeVolume(instance) };
}

/** Prepares the volume in the first init container, then runs a program with its arguments. */
export function preparedVolume(program: readonly string[]): string[] {
  return [paths.node, programPath(PROGRAM), programPath(PLAN), ...program];
}

function plan(instance: Instance, others: readonly string[]): string {
  const document = {
    volume: wholeVolume(instance),
    layout: instance.volumeLayout,
    ...volumeNames,
    links: ['openclaw.json', 'workspace'],
    folders: [...homeFolders, ...others],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

export const storage: Part = {
  name: 'storage',
  claims: ['storage.persistence'],
  emits: [kinds.claim],
  managed: [{ field: 'pvc', kind: kinds.claim, nameOf: dataClaimName }],
  checks: [unusedClaim, layoutOfClaim, claimSize],
  references,
  bind: ({ pod, config, workload }, instance) => {
    const claimName = dataClaimName(instance);
    const source = claimName === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName } };
    if (hasClaimPerPod(instance.spec)) workload.addClaimTemplate('storage', claimTemplate(instance));
    else pod.addVolume('storage', { name: volumes.data, ...source });
    pod.addVolume('storage', { name: volumes.tmp, emptyDir: {} });
    for (const file of [MODULE, PROGRAM]) config.addProgram('storage', file, asset(__dirname, `volume/${file}`));
    config.addFile('storage', PLAN, () => plan(instance, pod.volumeFolders));
    pod.addMount('storage', stateMount(instance), ...homeMounts(...homeFolders), { name: volumes.tmp, mountPath: '/tmp' });
  },
  create: (scope, _hosts, instance) => {
    const { enabled, existingClaim } = instance.spec.storage.persistence;
    if (enabled && existingClaim === undefined && !hasClaimPerPod(instance.spec)) createClaim(scope, instance);
  },
};
