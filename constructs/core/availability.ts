import type { Check, Part } from '../part';
import { warning } from '../spec/issue';
import { WireObject } from '../wire/wire-object';
import { objectNames, selectorLabels } from '../wire/names';
import { objectMetadata } from '../wire/object-metadata';
import { kinds } from '../wire/kinds';

/** Kubernetes takes one of the two. A stored budget always has a `maxUnavailable`, so only another value than the default was meant. */
const twoBudgets: Check = function* ({ spec }) {
  const { minAvailable, maxUnavailable } = spec.availability.podDisruptionBudget;
  if (minAvailable === undefined || maxUnavailable === 1) return;
  yield warning(
    'spec.availability.podDisruptionBudget.maxUnavailable',
    'availability/two-budgets',
    'is not used, since a budget has either minAvailable or maxUnavailable, and minAvailable is set: remove one of them',
  );
};

/** The PodDisruptionBudget. */
export const disruptionBudget: Part = {
  name: 'disruption-budget',
  claims: ['availability.podDisruptionBudget'],
  emits: [kinds.podDisruptionBudget],
  managed: [{ field: 'podDisruptionBudget', kind: kinds.podDisruptionBudget, nameOf: ({ name }) => objectNames.podDisruptionBudget(name) }],
  isEnabled: (spec) => spec.availability.podDisruptionBudget.enabled,
  checks: [twoBudgets],
  create: (scope, _hosts, instance) => {
    const { maxUnavailable, minAvailable } = instance.spec.availability.podDisruptionBudget;
    const budget = minAvailable === undefined ? { maxUnavailable } : { minAvailable };
    new WireObject(scope, 'PodDisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: objectMetadata(instance, objectNames.podDisruptionBudget(instance.name)),
      produce: () => ({ spec: { ...budget, selector: { matchLabels: selectorLabels(instance.name) } } }),
    });
  },
};
