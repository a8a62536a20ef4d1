import type { Construct } from 'constructs';
import type { Hosts } from '../hosts/hosts';
import type { JsonObject } from '../spec/json';
import type { Check, Part } from '../part';
import type { Instance } from '../spec/instance';
import { error } from '../spec/issue';
import { annotationMistakes } from './values/annotations';
import { WireObject } from '../wire/wire-object';
import { objectNames, selectorLabels } from '../wire/names';
import { objectMetadata } from '../wire/object-metadata';
import { kinds } from '../wire/kinds';

/** A port stands once for a protocol; the schema cannot see which protocol an unset one has. */
const ports: Check = function* ({ spec }) {
  const seen = new Set<string>();
  for (const [index, { port, protocol }] of (spec.networking.service.ports ?? []).entries()) {
    const key = `${port}/${protocol}`;
    if (seen.has(key)) yield error(`spec.networking.service.ports[${index}].port`, 'values/port', `stands twice: ${key}`);
    seen.add(key);
  }
};

const annotations: Check = ({ spec }) => annotationMistakes(spec.networking.service.annotations, 'spec.networking.service.annotations');

export const service: Part = {
  name: 'service',
  claims: ['networking.service'],
  emits: [kinds.service],
  checks: [ports, annotations],
  managed: [{ field: 'service', kind: kinds.service, nameOf: ({ name }) => objectNames.service(name) }],
  create: (scope: Construct, hosts: Hosts, instance: Instance) => {
    const { type, annotations: theirs } = instance.spec.networking.service;
    new WireObject(scope, 'Service', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: objectMetadata(instance, objectNames.service(instance.name), { annotations: theirs }),
      produce: (): JsonObject => ({
        spec: { type, selector: selectorLabels(instance.name), ports: hosts.service.ports },
      }),
    });
  },
};
