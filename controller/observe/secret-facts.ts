import { createHmac, randomBytes } from 'node:crypto';
import { labels } from '../../constructs/wire/names';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import { secrets } from '../objects/kinds';
import { type KubeObject, keyText } from '../objects/objects';
import type { SecretFact } from './observed';
import { dataOf, findOwnSecret, readOwnSecret } from './own-secret';

/** The Secret with the key. */
export const KEY_SECRET = 'openclaw-controller-hash-key';
const KEY = 'key';
const LOSS = 'a new one would restart every pod';

/**
 * The key of the hashes over Secrets, from a Secret in the controller's own namespace. Made once and never again: a new key would roll the
 * pods of every instance.
 *
 * @param known the key as this process has read it before: where the Secret was removed since, it is made again with it
 * @throws SetupError where the namespace is not there, or the key was emptied
 */
export function readHashKey(api: ApiPort, namespace: string, known?: Buffer): Promise<Buffer> {
  const make = (): Record<string, Buffer> => ({ [KEY]: known ?? randomBytes(32) });
  return readOwnSecret(api, { namespace, name: KEY_SECRET, make, loss: LOSS }, KEY);
}

/** The same, where whoever leads has made it already. */
export function findHashKey(api: ApiPort, namespace: string): Promise<Buffer | undefined> {
  return findOwnSecret(api, { namespace, name: KEY_SECRET, loss: LOSS }, KEY);
}

/** Whether there is one: whoever ever led has made it, and no tenant can remove it. */
export async function hasHashKey(api: ApiPort, namespace: string): Promise<boolean> {
  return (await get(api, secrets, namespace, KEY_SECRET)) !== undefined;
}

interface Known {
  readonly version: string;
  readonly fact: SecretFact;
  /** The cache has had it in this version. One that we wrote just now it may have yet to hear of. */
  isCached?: true;
}

/** Facts about Secrets. A Secret is read when its version changed; of its content only names of keys and a keyed hash are kept. */
export class SecretFacts {
  private readonly known = new Map<string, Known>();

  public constructor(
    private readonly api: ApiPort,
    private readonly hashKey: Buffer,
  ) {}

  /** @param metadata the Secret as the cache has it: metadata only */
  public async of({ metadata }: KubeObject): Promise<SecretFact | undefined> {
    const known = this.known.get(keyText(metadata));
    if (known === undefined || known.version !== metadata.resourceVersion) return this.read(metadata.namespace, metadata.name);
    known.isCached = true;
    return known.fact;
  }

  /** The same of some keys alone: two Secrets that agree in these have one hash. */
  public async ofKeys({ metadata }: KubeObject, only: readonly string[]): Promise<SecretFact | undefined> {
    const id = `${keyText(metadata)} ${only.join(' ')}`;
    const known = this.known.get(id);
    if (known && known.version === metadata.resourceVersion) return known.fact;
    const live = await get(this.api, secrets, metadata.namespace, metadata.name);
    if (live === undefined) this.known.delete(id);
    else this.known.set(id, { version: live.metadata.resourceVersion ?? '', fact: this.factOf(live, only) });
    return this.known.get(id)?.fact;
  }

  /** A Secret that the cache does not have: gone, or written just now. Only one that is known from before is asked for. */
  public async unseen(namespace: string, name: string): Promise<SecretFact | undefined> {
    return this.known.has(keyText({ namespace, name })) ? this.read(namespace, name) : undefined;
  }

  /** The facts about a Secret that is at hand whole, such as one that we just wrote. */
  public learn(secret: KubeObject): SecretFact {
    const { resourceVersion } = secret.metadata;
    const fact = this.factOf(secret);
    this.known.set(keyText(secret.metadata), { version: resourceVersion ?? '', fact });
    return fact;
  }

  /** Drops what is remembered of Secrets that are not there any more. @param isThere whether there is one of this `namespace/name` */
  public sweep(isThere: (text: string) => boolean): void {
    for (const [id, { isCached }] of this.known) if (isCached && !isThere(id.split(' ')[0] ?? '')) this.known.delete(id);
  }

  private async read(namespace: string | undefined, name: string): Promise<SecretFact | undefined> {
    const live = await get(this.api, secrets, namespace, name);
    if (live) return this.learn(live);
    this.known.delete(keyText({ namespace, name }));
    return undefined;
  }

  private factOf(secret: KubeObject, only?: readonly string[]): SecretFact {
    const data = dataOf(secret);
    const keys = Object.keys(data)
      .filter((key) => data[key] !== '' && (only?.includes(key) ?? true))
      .sort();
    const hash = createHmac('sha256', this.hashKey);
    for (const key of keys) hash.update(`${key.length}:${key}${data[key]?.length}:${data[key]}`);
    const { uid = '', ownerReferences = [], labels: { [labels.ownName]: maker } = {} } = secret.metadata;
    const owner = ownerReferences.find(({ controller }) => controller);
    const isLetGo = maker !== undefined && ownerReferences.length === 0;
    return { uid, keys, hash: hash.digest('hex'), ...(owner && { ownerUid: owner.uid }), ...(isLetGo && { letGoBy: maker }) };
  }
}
