import type { Part } from '../part';
import { WireObject } from '../wire/wire-object';
import { objectNames, selectorLabels } from '../wire/names';
import { objectMetadata } from '../wire/object-metadata';
import { kinds } from '../wire/kinds';

/** The PodDisruptionBudget. */
export const disruptionBudget: Part = {
  name: 'disruption-budget',
  claims: ['availability.podDisruptionBudget'],
  emits: [kinds.podDisruptionBudget],
  managed: [{ field: 'podDisruptionBudget', kind: kinds.podDisruptionBudget, nameOf: ({ name }) => objectNames.podDisruptionBudget(name) }],
  isEnabled: (spec) => spec.availability.podDisruptionBudget.enabled,
  create: (scope, _hosts, instance) => {
    const { maxUnavailable } = instance.spec.availability.podDisruptionBudget;
    new WireObject(scope, 'PodDisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: objectMetadata(instance, objectNames.podDisruptionBudget(instance.name)),
      produce: () => ({ spec: { maxUnavailable, selector: { matchLabels: selectorLabels(instance.name) } } }),
    });
  },
};
