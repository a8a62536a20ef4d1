import { isAlreadyExists, isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import { create, get } from '../api/requests';
import { SetupError } from '../api/setup-error';
import { secrets } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';

/** A Secret of the controller itself. */
export interface OwnSecret {
  /** The controller's own namespace. */
  readonly namespace: string;
  readonly name: string;
  /** Its keys with their values, for the one time that it is made. */
  readonly make: () => Readonly<Record<string, Buffer | string>>;
  /** What would happen if it were made a second time: the end of a sentence. */
  readonly loss: string;
}

/**
 * Reads a Secret that the controller makes once and never again. An unreadable one is an error to wait for.
 *
 * @returns the value of the key
 * @throws {@link SetupError} where the namespace is not there, or the key was emptied
 */
export async function readOwnSecret(api: ApiPort, own: OwnSecret, key: string): Promise<Buffer> {
  const live = (await get(api, secrets, own.namespace, own.name)) ?? (await makeSecret(api, own));
  return valueOf(live, own, key);
}

/** The same for whoever may not make it. @returns `undefined` where it is not made yet */
export async function findOwnSecret(api: ApiPort, own: Omit<OwnSecret, 'make'>, key: string): Promise<Buffer | undefined> {
  const live = await get(api, secrets, own.namespace, own.name);
  return live && valueOf(live, own, key);
}

function valueOf(live: KubeObject, { namespace, name, loss }: Omit<OwnSecret, 'make'>, key: string): Buffer {
  const value = dataOf(live)[key];
  if (!value) throw new SetupError(`Secret ${namespace}/${name} has no key "${key}": restore it; ${loss}`);
  return Buffer.from(value, 'base64');
}

async function makeSecret(api: ApiPort, { namespace, name, make }: OwnSecret): Promise<KubeObject> {
  const data = Object.fromEntries(Object.entries(make()).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  try {
    return (await create(api, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data })).object;
  } catch (error) {
    if (isNotFound(error)) throw noNamespace(namespace);
    if (!isAlreadyExists(error)) throw error;
    // Another replica was faster.
    const live = await get(api, secrets, namespace, name);
    if (live === undefined) throw error;
    return live;
  }
}

function noNamespace(namespace: string): SetupError {
  const remedy = `kubectl create namespace ${namespace}, or name another one by --namespace`;
  return new SetupError(`the controller's own namespace "${namespace}" was not found: ${remedy}`);
}

/** The values of a Secret by key, in Base64. */
export function dataOf(secret: KubeObject): Readonly<Record<string, string>> {
  return (secret['data'] ?? {}) as Record<string, string>;
}
