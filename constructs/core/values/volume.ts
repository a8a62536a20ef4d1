import type { DownwardAPIVolumeFile, EphemeralVolumeSource, KeyToPath, Volume, VolumeProjection } from '../../../imports/types';
import { quote } from '../../schema/quote';
import { type Issue, warning } from '../../spec/issue';
import { resourceFieldMistakes } from './env';
import { dnsSubdomain, relativePath } from './forms';
import { Mistakes, fieldsOf } from './mistakes';
import { fractionalAmounts, sizeOf } from './resources';

const volumes = new Mistakes('values/volume');

/** The bits of a file's mode. */
const MAX_MODE = 0o777;

const PROJECTIONS = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'];

/** What a file of the downward API may show; a variable may show more. */
const FILE_FIELDS = /^metadata[.](annotations|labels|name|namespace|uid|(labels|annotations)\['[^']+'\])$/;

function* modeMistakes(mode: number | undefined, path: string): Iterable<Issue> {
  if (mode !== undefined && (mode < 0 || mode > MAX_MODE)) yield volumes.at(path, `must be from 0 to 0777 (octal), not ${mode}`);
}

function* itemMistakes(items: readonly KeyToPath[] | undefined, path: string): Iterable<Issue> {
  for (const [index, { key, path: target, mode }] of (items ?? []).entries()) {
    yield* volumes.required(`${path}[${index}].key`, key);
    yield* volumes.form(`${path}[${index}].path`, target, relativePath);
    yield* modeMistakes(mode, `${path}[${index}].mode`);
  }
}

function* downwardMistakes(items: readonly DownwardAPIVolumeFile[] | undefined, path: string): Iterable<Issue> {
  for (const [index, { path: target, fieldRef, resourceFieldRef, mode }] of (items ?? []).entries()) {
    const place = `${path}[${index}]`;
    yield* volumes.form(`${place}.path`, target, relativePath);
    yield* modeMistakes(mode, `${place}.mode`);
    yield* volumes.oneOf(place, fieldsOf({ fieldRef, resourceFieldRef }), 'source', 'fieldRef, resourceFieldRef');
    if (fieldRef && !FILE_FIELDS.test(fieldRef.fieldPath)) {
      yield volumes.at(
        `${place}.fieldRef.fieldPath`,
        `must be metadata.annotations, labels, name, namespace or uid, not ${quote(fieldRef.fieldPath)}`,
      );
    }
    if (!resourceFieldRef) continue;
    yield* volumes.required(`${place}.resourceFieldRef.containerName`, resourceFieldRef.containerName);
    yield* resourceFieldMistakes(resourceFieldRef, `${place}.resourceFieldRef`, volumes);
  }
}

/** A ConfigMap or Secret, as a volume of its own or as a part of one. */
interface DataSource {
  readonly name?: string | undefined;
  readonly items?: readonly KeyToPath[] | undefined;
  readonly defaultMode?: number | undefined;
}

function* dataMistakes({ name, items, defaultMode }: DataSource, path: string, nameField = 'name'): Iterable<Issue> {
  yield* volumes.required(`${path}.${nameField}`, name);
  yield* itemMistakes(items, `${path}.items`);
  yield* modeMistakes(defaultMode, `${path}.defaultMode`);
}

function* projectionMistakes(source: VolumeProjection, path: string): Iterable<Issue> {
  const set = PROJECTIONS.filter((field) => fieldsOf(source).includes(field));
  // None at all is let pass, with a warning of the server's.
  if (set.length > 1) yield* volumes.oneOf(path, set, 'source', PROJECTIONS.join(', '));
  const { secret, configMap, downwardAPI, serviceAccountToken: token } = source;
  if (secret) yield* dataMistakes(secret, `${path}.secret`);
  if (configMap) yield* dataMistakes(configMap, `${path}.configMap`);
  if (downwardAPI) yield* downwardMistakes(downwardAPI.items, `${path}.downwardAPI.items`);
  if (!token) return;
  yield* volumes.form(`${path}.serviceAccountToken.path`, token.path, relativePath);
  yield* volumes.range(`${path}.serviceAccountToken.expirationSeconds`, token.expirationSeconds, 600, 2 ** 32);
}

function* claimTemplateMistakes({ volumeClaimTemplate: template }: EphemeralVolumeSource, path: string): Iterable<Issue> {
  const place = `${path}.volumeClaimTemplate`;
  if (!template?.spec) {
    yield volumes.at(place, 'must not be empty: write the spec of a claim');
    return;
  }
  const { accessModes = [], resources } = template.spec;
  if (accessModes.length === 0) yield volumes.at(`${place}.spec.accessModes`, 'must not be empty: write ReadWriteOnce or the like');
  if (resources?.requests?.['storage'] === undefined)
    yield volumes.at(`${place}.spec.resources`, 'asks for no storage: write requests.storage');
  yield* fractionalAmounts(resources?.requests, `${place}.spec.resources.requests`);
}

function* otherMistakes({ hostPath, nfs, csi, persistentVolumeClaim: claim, emptyDir }: Volume, path: string): Iterable<Issue> {
  if (claim) yield* volumes.required(`${path}.persistentVolumeClaim.claimName`, claim.claimName);
  if (csi) yield* volumes.required(`${path}.csi.driver`, csi.driver, dnsSubdomain);
  if (hostPath) {
    yield* volumes.required(`${path}.hostPath.path`, hostPath.path);
    if (hostPath.path.split('/').includes('..'))
      yield volumes.at(`${path}.hostPath.path`, `must not contain '..': ${quote(hostPath.path)}`);
  }
  if (nfs) {
    yield* volumes.required(`${path}.nfs.server`, nfs.server);
    if (!nfs.path.startsWith('/')) yield volumes.at(`${path}.nfs.path`, `must be an absolute path, not ${quote(nfs.path)}`);
  }
  const size = sizeOf(emptyDir?.sizeLimit);
  if (size !== undefined && size.billionths < 0n)
    yield volumes.at(`${path}.emptyDir.sizeLimit`, `must not be negative, as ${quote(emptyDir?.sizeLimit)} is`);
}

/** A volume of the user. Sources of storage systems are left to the server. */
export function* volumeMistakes(volume: Volume, path: string): Iterable<Issue> {
  const sources = fieldsOf(volume).filter((field) => field !== 'name');
  if (sources.length === 0) {
    yield warning(path, 'values/no-source', 'has no source: Kubernetes makes an empty folder of it; write emptyDir: {} if that is meant');
  }
  const { secret, configMap, downwardAPI, projected, ephemeral } = volume;
  yield* knownSources(volume, path);
  if (secret) yield* dataMistakes({ ...secret, name: secret.secretName }, `${path}.secret`, 'secretName');
  if (configMap) yield* dataMistakes(configMap, `${path}.configMap`);
  if (downwardAPI) {
    yield* downwardMistakes(downwardAPI.items, `${path}.downwardAPI.items`);
    yield* modeMistakes(downwardAPI.defaultMode, `${path}.downwardAPI.defaultMode`);
  }
  if (projected) {
    yield* modeMistakes(projected.defaultMode, `${path}.projected.defaultMode`);
    for (const [index, source] of (projected.sources ?? []).entries())
      yield* projectionMistakes(source, `${path}.projected.sources[${index}]`);
  }
  if (ephemeral) yield* claimTemplateMistakes(ephemeral, `${path}.ephemeral`);
  yield* otherMistakes(volume, path);
}

/** The sources of Kubernetes today. A field that is newer may be a source, or say more about one. */
const SOURCES = new Set<string>(
  [
    [
      'awsElasticBlockStore',
      'azureDisk',
      'azureFile',
      'cephfs',
      'cinder',
      'configMap',
      'csi',
      'downwardAPI',
      'emptyDir',
      'ephemeral',
      'fc',
    ],
    ['flexVolume', 'flocker', 'gcePersistentDisk', 'gitRepo', 'glusterfs', 'hostPath', 'image', 'iscsi', 'nfs', 'persistentVolumeClaim'],
    ['photonPersistentDisk', 'portworxVolume', 'projected', 'quobyte', 'rbd', 'scaleIO', 'secret', 'storageos', 'vsphereVolume'],
  ].flat(),
);

function* knownSources(volume: Volume, path: string): Iterable<Issue> {
  const known = fieldsOf(volume).filter((field) => SOURCES.has(field));
  if (known.length > 1) yield* volumes.oneOf(path, known, 'source', '');
}
