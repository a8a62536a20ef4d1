import { type Kind, type Part, parts } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { objectMetadata } from '../../constructs/wire/object-metadata';
import { WireObject } from '../../constructs/wire/wire-object';
import { type Modifier, withSpec } from '../builders';

/** A kind of the cluster that no part of ours emits, and that every cluster has. */
export const priorityClass: Kind = {
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  namespaced: false,
};

/** Names of objects outside a namespace have to tell instances apart. */
function outsideName({ name, namespace = '' }: { readonly name: string; readonly namespace?: string }, what: string): string {
  return `${namespace}-${name}-${what}`;
}

/** A feature that emits a ConfigMap into another namespace, and an object that belongs to no namespace. */
export function dashboards(namespace = 'monitoring'): Part {
  return {
    name: 'dashboards',
    claims: ['observability.metrics'],
    emits: [kinds.configMap, priorityClass],
    managed: [{ field: 'grafanaDashboardInstance', kind: kinds.configMap, nameOf: (instance) => outsideName(instance, 'dashboard') }],
    isEnabled: ({ observability }) => observability.metrics.grafanaDashboard.enabled,
    create: (scope, _hosts, instance) => {
      new WireObject(scope, 'Dashboard', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: objectMetadata(instance, outsideName(instance, 'dashboard'), { namespace }),
        produce: () => ({ data: { 'dashboard.json': '{}' } }),
      });
      new WireObject(scope, 'PriorityClass', {
        apiVersion: priorityClass.apiVersion,
        kind: priorityClass.kind,
        metadata: objectMetadata(instance, outsideName(instance, 'priority')),
        clusterScoped: true,
        produce: () => ({ value: 1000 }),
      });
    },
  };
}

/** All parts, and that feature. */
export function partsWithDashboards(namespace?: string): readonly Part[] {
  return [...parts, dashboards(namespace)];
}

/** Switches that feature on, or off. */
export function withDashboards(enabled = true): Modifier {
  return withSpec({ observability: { metrics: { grafanaDashboard: { enabled } } } });
}
