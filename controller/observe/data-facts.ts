import type { Instance, Part } from '../../constructs';
import { dataClaimName } from '../../constructs/core/storage';
import { salvaged } from '../../constructs/resolve/salvage';
import { BUCKET_SECRET, objectNames, tenantTwin } from '../../constructs/wire/names';
import { objectId } from '../../constructs/wire/object-ref';
import type { KubeObject, LiveInstance } from '../objects/objects';
import type { Caches } from './caches';
import type { KeptResolution, SecretFact } from './observed';
import type { SecretFacts } from './secret-facts';

/** Where the bucket is said to be: the namespace of the instance goes before the whole installation. */
export interface BucketSource {
  readonly namespace: string;
  readonly name: string;
  readonly fact: SecretFact;
  /** It stands in the namespace of the instance, so whoever made the instance has the keys anyway. */
  readonly isOwn: boolean;
}

/** Keys that a bucket must have, and those of which it must have both or neither. */
export const NEEDED_KEYS = ['S3_ENDPOINT', 'S3_BUCKET'] as const;
export const KEY_PAIR = ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;

/** What Jobs read; nothing else of a source is looked at or copied. */
export const BUCKET_KEYS = [...NEEDED_KEYS, ...KEY_PAIR, 'S3_REGION', 'S3_PROVIDER'] as const;

/** What a copy of the data of an instance takes. */
export interface DataFacts {
  /** What the Job is made from: the resolution, and what can be saved of a spec that has none. @default - nothing can */
  readonly instance?: Instance;
  /** The live claim with the data; of several pods that of the first. @default - there is none */
  readonly claim?: KubeObject;
  /** @default - there is none */
  readonly source?: BucketSource;
  /** The Secret that Jobs name, in the namespace of the instance: a copy of the source, or made by hand. @default - there is none */
  readonly copy?: SecretFact;
}

export interface DataReaders {
  readonly caches: Caches;
  readonly secretFacts: SecretFacts;
  readonly ownNamespace: string;
  readonly parts: readonly Part[];
}

/** Whether a copy of the data is wanted or under way, so that it is worth a look at the bucket. */
export function needsDataFacts({ metadata, spec, status }: LiveInstance): boolean {
  return (
    metadata.deletionTimestamp !== undefined ||
    Boolean(spec?.backup?.schedule) ||
    Boolean(spec?.restoreFrom) ||
    status?.restoreJobName !== undefined ||
    status?.autoUpdate?.pendingVersion !== undefined
  );
}

/** The ids of what {@link readDataFacts} looks at beside the objects of the instance. */
export function dataFactIds({ metadata }: LiveInstance, ownNamespace: string): string[] {
  const twin = tenantTwin(metadata.namespace);
  return [
    ...[metadata.namespace, ownNamespace].map((namespace) =>
      objectId({ apiVersion: 'v1', kind: 'Secret', namespace, name: BUCKET_SECRET }),
    ),
    // Whether it is there decides whose the folder in the bucket is.
    ...(twin === undefined ? [] : [objectId({ apiVersion: 'v1', kind: 'Namespace', name: twin })]),
  ];
}

export async function readDataFacts(readers: DataReaders, live: LiveInstance, resolution: KeptResolution): Promise<DataFacts> {
  const { caches, ownNamespace, parts } = readers;
  const { namespace, name } = live.metadata;
  const clusterDefaults = caches.clusterDefaults.get(undefined, 'cluster')?.['spec'];
  const instance = resolution.ok
    ? resolution.instance
    : salvaged(live, clusterDefaults === undefined ? {} : { clusterDefaults: clusterDefaults as object }, parts);
  const claimName = instance && dataClaimName(instance);
  const claim = claimName === undefined ? undefined : caches.reference('PersistentVolumeClaim', namespace, claimName);
  const own = await readSecret(readers, namespace, BUCKET_SECRET);
  const fact = own ?? (await readSecret(readers, ownNamespace, BUCKET_SECRET));
  const copy = await readSecret(readers, namespace, objectNames.s3Credentials(name));
  return {
    ...(instance && { instance }),
    ...(claim && { claim }),
    ...(fact && {
      source: {
        namespace: own ? namespace : ownNamespace,
        name: BUCKET_SECRET,
        fact,
        isOwn: own !== undefined || namespace === ownNamespace,
      },
    }),
    ...(copy && { copy }),
  };
}

async function readSecret({ caches, secretFacts }: DataReaders, namespace: string, name: string): Promise<SecretFact | undefined> {
  const metadata = caches.reference('Secret', namespace, name);
  return metadata && secretFacts.ofKeys(metadata, BUCKET_KEYS);
}
