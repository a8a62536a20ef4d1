import type { Construct } from 'constructs';
import type { Check, CheckInput, Part } from '../part';
import type { Reference } from '../spec/reference';
import type { Instance } from '../spec/instance';
import { warning } from '../spec/issue';
import { WireObject } from '../wire/wire-object';
import { annotations, objectNames, paths, volumes } from '../wire/names';
import { objectMetadata } from '../wire/object-metadata';
import { kinds } from '../wire/kinds';
import { fractionalBytes } from './values/resources';

/** Where the data of an instance lives. Backup and status ask here too, so that nobody guesses a claim's name. */
export function dataClaimName({ name, spec }: Pick<Instance, 'name' | 'spec'>): string | undefined {
  const { enabled, existingClaim } = spec.storage.persistence;
  if (!enabled) return undefined;
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

const claimSize: Check = function* ({ spec }) {
  const { enabled, existingClaim, size } = spec.storage.persistence;
  if (enabled && existingClaim === undefined) yield* fractionalBytes(size, 'spec.storage.persistence.size');
};

function createClaim(scope: Construct, instance: Instance): void {
  const { accessModes, size, storageClass } = instance.spec.storage.persistence;
  new WireObject(scope, 'Data', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: objectMetadata(instance, objectNames.data(instance.name), {
      annotations: { [annotations.backupEnabled]: 'true' },
    }),
    produce: () => ({
      spec: { accessModes, resources: { requests: { storage: size } }, storageClassName: storageClass },
    }),
  });
}

/** The folders of HOME that programs write to. They live on the data volume, since the root file system is read only. */
export const homeFolders = ['.local', '.cache', '.config'] as const;

export const storage: Part = {
  name: 'storage',
  claims: ['storage.persistence'],
  emits: [kinds.claim],
  managed: [{ field: 'pvc', kind: kinds.claim, nameOf: dataClaimName }],
  checks: [unusedClaim, claimSize],
  references,
  bind: ({ pod }, instance) => {
    const claimName = dataClaimName(instance);
    const source = claimName === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName } };
    pod.addVolume('storage', { name: volumes.data, ...source });
    pod.addVolume('storage', { name: volumes.tmp, emptyDir: {} });
    pod.addMount(
      'storage',
      { name: volumes.data, mountPath: paths.state },
      ...homeFolders.map((folder) => ({ name: volumes.data, mountPath: `${paths.home}/${folder}`, subPath: folder })),
      { name: volumes.tmp, mountPath: '/tmp' },
    );
  },
  create: (scope, _hosts, instance) => {
    const { enabled, existingClaim } = instance.spec.storage.persistence;
    if (enabled && existingClaim === undefined) createClaim(scope, instance);
  },
};
