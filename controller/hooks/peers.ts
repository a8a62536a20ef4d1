import { lookup } from 'node:dns/promises';
import { PATH, RELAYED } from './hook-server';
import { signatureOf } from './proof';

/** Milliseconds for one of the others. */
const TIMEOUT = 3000;

/** What one replica says to another; the secret vouches for it. */
const BODY = '{}';

export interface PeersOptions {
  /** A name that leads to all replicas, such as that of a headless Service. */
  readonly name: string;
  readonly port: number;
  readonly secrets: () => readonly string[];
  /** Addresses of a name. @default - those that DNS tells */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

/**
 * A Service leads a delivery to any replica, and one of them works. The one that rests tells the others, itself among them, and says no there.
 *
 * @returns whether one of them works
 */
export async function tellPeers({ name, port, secrets, resolve = addressesOf }: PeersOptions): Promise<boolean> {
  const [secret] = secrets();
  if (secret === undefined) return false;
  const addresses = await resolve(name).catch(() => []);
  const answers = await Promise.all(addresses.map((address) => tell(address, port, secret)));
  return answers.includes(true);
}

async function addressesOf(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address, family }) => (family === 6 ? `[${address}]` : address));
}

async function tell(address: string, port: number, secret: string): Promise<boolean> {
  const headers = { ...signatureOf(secret, BODY), [RELAYED]: 'true' };
  const request = { method: 'POST', headers, body: BODY, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) } as const;
  return fetch(`http://${address}:${port}${PATH}`, request).then(
    ({ status }) => status === 202,
    () => false,
  );
}
