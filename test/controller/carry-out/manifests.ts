import { render, resolve } from '../../../constructs';
import type { ApplySink } from '../../../controller/carry-out/apply-sink';
import type { KubeObject } from '../../../controller/objects/objects';
import { type Modifier, anInstance } from '../../builders';
import type { FakeApi } from '../fake-api';

export type Manifest = Parameters<ApplySink['apply']>[0];

/** The object of a kind that alice gets. */
export function manifest(kind: string, ...modifiers: readonly Modifier[]): Manifest {
  const resolution = resolve(anInstance(...modifiers));
  if (!resolution.ok) throw new Error('refused');
  const found = render(resolution.instance).find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

/** Puts an object where one of alice belongs. */
export function placeOn(api: FakeApi, object: Partial<KubeObject> & { readonly kind: string }, manager?: string): KubeObject {
  return api.seed({ apiVersion: 'v1', ...object, metadata: { name: 'alice', namespace: 'team-a', ...object.metadata } }, manager);
}

/** How each patch was asked for. */
export function patchesOf(api: FakeApi): object[] {
  return api.requests.filter(({ method }) => method === 'PATCH').map(({ query }) => ({ ...query }));
}
