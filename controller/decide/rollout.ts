import { createHash } from 'node:crypto';
import type { Reference } from '../../constructs';
import { annotations } from '../../constructs/wire/names';
import type { KubeObject } from '../objects/objects';
import type { Observed } from '../observe/observed';

/**
 * A hash over the Secrets of an instance that its pod reads only at start.
 *
 * While one of them is missing, the hash of the running pod stays: a pod that works must not be replaced by one that cannot start. A pod that
 * does not run yet waits for the Secret anyway, and is not replaced when it comes.
 */
export function secretHash({ references }: { readonly references: readonly Reference[] }, { secrets, owned }: Observed): string {
  const names = new Set(references.filter(({ kind, rollsPod }) => kind === 'Secret' && rollsPod).map(({ name }) => name));
  const live = owned.map(liveHash).find((value) => value !== undefined);
  if (live !== undefined && [...names].some((name) => !secrets.has(name))) return live;
  const hash = createHash('sha256');
  for (const name of [...names].sort()) hash.update(`${name}=${secrets.get(name)?.hash ?? ''}\n`);
  return hash.digest('hex').slice(0, 16);
}

function liveHash(object: KubeObject): string | undefined {
  if (object.kind !== 'StatefulSet') return undefined;
  return (object['spec'] as Partial<StatefulSetSpec> | undefined)?.template?.metadata.annotations?.[annotations.secretHash];
}

interface StatefulSetSpec {
  readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } };
}
