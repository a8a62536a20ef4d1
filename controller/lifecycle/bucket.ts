import { BUCKET_SECRET, jobLabelKeys, objectNames } from '../../constructs/wire/names';
import { objectId } from '../../constructs/wire/object-ref';
import { BUCKET_KEYS, KEY_PAIR, NEEDED_KEYS } from '../observe/data-facts';
import type { Observed, SecretFact } from '../observe/observed';
import { RESTORES, unfinishedJobs } from './job';
import type { MirrorSecret } from './step';

/** Whether Jobs of an instance find a bucket. */
export type Bucket =
  | { readonly state: 'absent'; readonly message: string }
  /** The Secret is there and cannot be used: somebody has to mend it. */
  | { readonly state: 'faulty'; readonly message: string }
  /** The copy in the namespace of the instance has yet to be made, or to follow its source. */
  | { readonly state: 'due'; readonly step: MirrorSecret }
  | { readonly state: 'ready' };

/** The Secret that Jobs of an instance name. */
export function copyName({ instance }: Pick<Observed, 'instance'>): string {
  return objectNames.s3Credentials(instance.metadata.name);
}

/** The id of that Secret, for prune to leave. */
export function copyId({ instance }: Pick<Observed, 'instance'>): string {
  return objectId({ apiVersion: 'v1', kind: 'Secret', namespace: instance.metadata.namespace, name: copyName({ instance }) });
}

export function bucketOf(observed: Pick<Observed, 'instance' | 'ownNamespace' | 'data' | 'owned'>): Bucket {
  const { instance, ownNamespace, data = {} } = observed;
  const { namespace, uid, name } = instance.metadata;
  const { source, copy } = data;
  const isLetGo = copy?.letGoBy === name;
  // Made by hand under the name that Jobs use: nobody writes into it.
  if (copy && copy.ownerUid !== uid && !isLetGo) return judged(copy, `Secret ${copyName(observed)}`) ?? { state: 'ready' };
  if (source === undefined) {
    const message = `there is no Secret ${BUCKET_SECRET} in namespace ${namespace} or ${ownNamespace}`;
    return copy && judged(copy, '') === undefined ? { state: 'ready' } : { state: 'absent', message };
  }
  const place = source.isOwn ? '' : ` of namespace ${source.namespace}`;
  const fault = judged(source.fact, `Secret ${source.name}${place}`);
  if (fault) return fault;
  if (copy?.hash === source.fact.hash && !isLetGo) return { state: 'ready' };
  if (!source.isOwn && isRead(observed)) return { state: 'ready' };
  const step = { step: 'mirror-secret', name: copyName(observed), from: { namespace: source.namespace, name: source.name } } as const;
  return { state: 'due', step: { ...step, keys: BUCKET_KEYS, ...(copy && { uid: copy.uid }) } };
}

/**
 * Whether a Job is under way that brings data. It was allowed its path with the keys that it began with, which may be those of the namespace itself; each
 * pod of it reads them anew. So those of the installation are not put in their place before it has ended.
 */
function isRead(observed: Pick<Observed, 'instance' | 'owned'>): boolean {
  return unfinishedJobs(observed).some(({ metadata }) => RESTORES.some((type) => type === metadata.labels?.[jobLabelKeys.jobType]));
}

/**
 * Whether the keys that Jobs use are of the namespace itself, so that they reach no more than its users do anyway. A copy that outlived its source is
 * taken for one of the installation.
 */
export function isOwnBucket({ instance, data = {} }: Pick<Observed, 'instance' | 'data'>): boolean {
  const { source, copy } = data;
  const isByHand = copy !== undefined && copy.ownerUid !== instance.metadata.uid;
  return isByHand || source?.isOwn === true;
}

function judged({ keys }: SecretFact, what: string): Extract<Bucket, { state: 'faulty' }> | undefined {
  const missing = NEEDED_KEYS.filter((key) => !keys.includes(key));
  if (missing.length > 0) return { state: 'faulty', message: `${what} has no ${missing.join(' and no ')}` };
  const [has, lacks] = [KEY_PAIR.find((key) => keys.includes(key)), KEY_PAIR.find((key) => !keys.includes(key))];
  if (has === undefined || lacks === undefined) return undefined;
  return { state: 'faulty', message: `${what} has ${has} and no ${lacks}: write both, or neither for the identity of a ServiceAccount` };
}
