import type { Construct } from 'constructs';
import type { Hosts } from '../hosts/hosts';
import type { JsonObject } from '../spec/json';
import type { Part } from '../part';
import type { Instance } from '../spec/instance';
import { WireObject } from '../wire/wire-object';
import { objectNames, selectorLabels } from '../wire/names';
import { objectMetadata } from '../wire/object-metadata';
import { kinds } from '../wire/kinds';

export const service: Part = {
  name: 'service',
  claims: ['networking.service'],
  emits: [kinds.service],
  managed: [{ field: 'service', kind: kinds.service, nameOf: ({ name }) => objectNames.service(name) }],
  create: (scope: Construct, hosts: Hosts, instance: Instance) => {
    const { type, annotations } = instance.spec.networking.service;
    new WireObject(scope, 'Service', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: objectMetadata(instance, objectNames.service(instance.name), { annotations }),
      produce: (): JsonObject => ({
        spec: { type, selector: selectorLabels(instance.name), ports: hosts.service.ports },
      }),
    });
  },
};
