import type { OpenClawInstanceStatus } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { idOf } from '../../constructs/wire/object-ref';
import { type StatusView, idAt } from './status-input';

type ManagedResources = NonNullable<OpenClawInstanceStatus['managedResources']>;

/** Ids of what belongs to the instance and is there: objects that were delivered, Secrets of our own making, claims that the user brings. */
function presentIds(view: StatusView): Set<string> {
  const { wanted = [], live, plan, observed, outcome, instance } = view;
  const made = new Set([
    ...observed.secrets.keys(),
    ...outcome.secrets.filter(({ action }) => action !== 'failed').map(({ name }) => name),
  ]);
  const home = { metadata: { namespace: instance.metadata.namespace } };
  return new Set([
    ...wanted.map((manifest) => idOf({ ...manifest, metadata: { ...home.metadata, ...manifest.metadata } })).filter((id) => live.has(id)),
    ...[...made].map((name) => idAt(view, kinds.secret, name)).filter((id) => plan.keep.has(id)),
    ...observed.claims.map(idOf),
  ]);
}

/**
 * Names of what the spec asks for and what is there, as the parts that make it declare them. A name goes with its feature. While nothing is
 * delivered nothing is touched, so the names stay as they were.
 */
export function managedResources(view: StatusView): ManagedResources | undefined {
  const { wanted, previous, plan, observed } = view;
  if (!wanted || !observed.resolution.ok) return previous.managedResources;
  const present = presentIds(view);
  const names: ManagedResources = {};
  for (const { field, kind, nameOf } of plan.managed) {
    const name = nameOf(observed.resolution.instance);
    if (name !== undefined && present.has(idAt(view, kind, name))) names[field] = name;
  }
  return Object.keys(names).length > 0 ? names : undefined;
}
