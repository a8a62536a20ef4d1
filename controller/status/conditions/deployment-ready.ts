import { legacyDeployment } from '../../lifecycle/migration';
import { type Verdict, no, yes } from '../condition';
import type { StatusView } from '../status-input';

/** The Deployment of an early release, as long as there is one: it makes way for the StatefulSet. */
export function deploymentReady({ observed, outcome }: StatusView): Verdict {
  const legacy = legacyDeployment(observed);
  const isRemoved = outcome.pruned.some(({ kind, name }) => kind === legacy?.kind && name === legacy.metadata.name);
  if (legacy === undefined || isRemoved) return 'off';
  const { readyReplicas = 0 } = (legacy['status'] ?? {}) as { readonly readyReplicas?: number };
  if (readyReplicas > 0) return yes('MinimumReplicasAvailable', `Deployment ${legacy.metadata.name} still runs, and is being replaced`);
  return no('Migrating', `Deployment ${legacy.metadata.name} is stopped, and is removed when the StatefulSet is ready`);
}
