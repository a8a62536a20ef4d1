import { hash } from 'node:crypto';
import type { Construct } from 'constructs';
import type { Hosts } from '../../hosts/hosts';
import type { Instance } from '../../spec/instance';
import { dashboardKeys, objectNames } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { WireObject } from '../../wire/wire-object';
import { instanceDashboard } from './instance-dashboard';
import { operatorDashboard } from './operator-dashboard';
import { dashboardJson } from './panels';

/** Grafana keeps one dashboard of an id, so each instance has its own (T-O9). At most 40 characters. */
function uid(kind: 'operator' | 'instance', { namespace = '', name }: Instance): string {
  return `openclaw-${kind}-${hash('sha256', `${namespace}/${name}`).slice(0, 16)}`;
}

/** The ConfigMaps that Grafana's sidecar finds by their label. */
export function addDashboards(scope: Construct, hosts: Hosts, instance: Instance): void {
  const { labels, folder } = instance.spec.observability.metrics.grafanaDashboard;
  const add = (id: string, name: string, key: string, text: () => string): void => {
    new WireObject(scope, id, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: objectMetadata(instance, name, {
        labels: { [dashboardKeys.label]: '1', ...labels },
        annotations: { [dashboardKeys.folder]: folder },
      }),
      produce: () => ({ data: { [key]: text() } }),
    });
  };
  add('OperatorDashboard', objectNames.operatorDashboard(instance.name), 'openclaw-operator.json', () =>
    dashboardJson(operatorDashboard(uid('operator', instance))),
  );
  add('InstanceDashboard', objectNames.instanceDashboard(instance.name), 'openclaw-instance.json', () =>
    dashboardJson(instanceDashboard(uid('instance', instance), hosts, instance)),
  );
}
