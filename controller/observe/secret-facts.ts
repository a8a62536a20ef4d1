import { createHmac, randomBytes } from 'node:crypto';
import { isAlreadyExists, isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import { create, get } from '../api/requests';
import { secrets } from '../objects/kinds';
import { type KubeObject, keyText } from '../objects/objects';
import type { SecretFact } from './observed';
import { SetupError } from '../api/setup-error';

const KEY_SECRET = 'openclaw-controller-hash-key';
const KEY = 'key';

/**
 * The key of the hashes over Secrets, from a Secret in the controller's own namespace. Made once and never again: a new key would roll the
 * pods of every instance. An unreadable one is an error to wait for.
 *
 * @throws {@link SetupError} where the namespace is not there, or the key was emptied
 */
export async function readHashKey(api: ApiPort, namespace: string): Promise<Buffer> {
  const live = (await get(api, secrets, namespace, KEY_SECRET)) ?? (await createHashKey(api, namespace));
  const value = dataOf(live)[KEY];
  if (!value) throw new SetupError(`Secret ${namespace}/${KEY_SECRET} has no key "${KEY}": restore it; a new one would restart every pod`);
  return Buffer.from(value, 'base64');
}

async function createHashKey(api: ApiPort, namespace: string): Promise<KubeObject> {
  const data = { [KEY]: randomBytes(32).toString('base64') };
  try {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: KEY_SECRET, namespace }, type: 'Opaque', data };
    return (await create(api, secret)).object;
  } catch (error) {
    if (isNotFound(error)) throw noNamespace(namespace);
    if (!isAlreadyExists(error)) throw error;
    // Another replica was faster.
    const live = await get(api, secrets, namespace, KEY_SECRET);
    if (live === undefined) throw error;
    return live;
  }
}

function noNamespace(namespace: string): SetupError {
  const remedy = `kubectl create namespace ${namespace}, or name another one by --namespace`;
  return new SetupError(`the controller's own namespace "${namespace}" was not found: ${remedy}`);
}

export function dataOf(secret: KubeObject): Readonly<Record<string, string>> {
  return (secret['data'] ?? {}) as Record<string, string>;
}

/** Facts about Secrets. A Secret is read when its version changed; of its content only names of keys and a keyed hash are kept. */
export class SecretFacts {
  private readonly known = new Map<string, { readonly version: string; readonly fact: SecretFact }>();

  public constructor(
    private readonly api: ApiPort,
    private readonly hashKey: Buffer,
  ) {}

  /** @param metadata the Secret as the cache has it: metadata only */
  public async of({ metadata }: KubeObject): Promise<SecretFact | undefined> {
    const known = this.known.get(keyText(metadata));
    if (known && known.version === metadata.resourceVersion) return known.fact;
    return this.read(metadata.namespace, metadata.name);
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

  private async read(namespace: string | undefined, name: string): Promise<SecretFact | undefined> {
    const live = await get(this.api, secrets, namespace, name);
    if (live) return this.learn(live);
    this.known.delete(keyText({ namespace, name }));
    return undefined;
  }

  private factOf(secret: KubeObject): SecretFact {
    const data = dataOf(secret);
    const keys = Object.keys(data)
      .filter((key) => data[key] !== '')
      .sort();
    const hash = createHmac('sha256', this.hashKey);
    for (const key of keys) hash.update(`${key.length}:${key}${data[key]?.length}:${data[key]}`);
    const owner = secret.metadata.ownerReferences?.find(({ controller }) => controller);
    return { uid: secret.metadata.uid ?? '', keys, hash: hash.digest('hex'), ...(owner && { ownerUid: owner.uid }) };
  }
}
