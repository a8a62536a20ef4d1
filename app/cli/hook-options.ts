import { HookServer } from '../../controller/hooks/hook-server';
import { tellPeers } from '../../controller/hooks/peers';
import type { Log } from '../../controller/objects/log';
import type { Meter } from '../../controller/objects/meter';
import { systemClock } from '../../gitops/git/clock';
import { fileOf } from './file-of';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';

/** A shorter secret could be guessed. */
const SHORTEST = 16;

export interface HookSettings {
  readonly port: number;
  /** Read anew at each delivery. */
  readonly secrets: () => readonly string[];
  /** @default - there are no other replicas */
  readonly peers: string | undefined;
}

/** What the flags say of deliveries; `undefined` where they are off. @throws UsageError */
export function hooksOf(values: FlagValues, hasRepository: boolean): HookSettings | undefined {
  const port = Number(values['hook-port'] ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--hook-port is "${String(values['hook-port'])}": use a whole number from 0 to 65535`);
  }
  const peers = text(values, 'hook-peers');
  if (port === 0) {
    if ((text(values, 'hook-secret-file') ?? peers) === undefined) return undefined;
    throw new UsageError('--hook-secret-file and --hook-peers need --hook-port');
  }
  if (!hasRepository) throw new UsageError('--hook-port needs --git-url or --oci-repository: there is nothing to look at');
  const read = (): string[] => secretsIn(fileOf(values, 'hook-secret-file') ?? '');
  const now = read();
  if (now.length === 0)
    throw new UsageError('--hook-port needs --hook-secret-file: whoever knows the secret may have the branch looked at');
  if (now.some((secret) => secret.length < SHORTEST)) {
    throw new UsageError(`--hook-secret-file: the secret is too short: use ${SHORTEST} characters or more`);
  }
  let last: readonly string[] = now;
  // A mounted Secret changes its file when it is rotated. What cannot be used then counts as no news.
  const secrets = (): readonly string[] => {
    try {
      const found = read().filter((secret) => secret.length >= SHORTEST);
      if (found.length > 0) last = found;
    } catch {
      // The file is being changed.
    }
    return last;
  };
  return { port, secrets, peers };
}

function secretsIn(content: string): string[] {
  return content
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Serves deliveries: whoever works looks, and whoever rests tells the others. */
export function serveHooks(
  { port, secrets, peers }: HookSettings,
  { hurry, log, meter }: { readonly hurry: () => boolean; readonly log: Log; readonly meter: Pick<Meter, 'hooked'> },
): Promise<HookServer> {
  const onHook = async (isRelayed: boolean): Promise<boolean> => {
    if (hurry()) return true;
    return !isRelayed && peers !== undefined && tellPeers({ name: peers, port, secrets });
  };
  return HookServer.listen(port, { secrets, onHook, clock: systemClock, log, meter });
}
