import { Construct } from 'constructs';
import { objectNames } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import type { Hosts } from '../../hosts/hosts';
import type { JsonObject } from '../../spec/json';
import type { Part } from '../../part';
import type { Instance } from '../../spec/instance';
import { WireObject } from '../../wire/wire-object';
import { type IngressSpec, controllerOf } from './ingress-spec';
import { nginxAnnotations } from './nginx';
import { references, rules } from './rules';
import { addTraefik, joinedAnnotations } from './traefik';
import { kinds } from '../../wire/kinds';

function rule(service: string, { host, paths }: NonNullable<IngressSpec['hosts']>[number]): JsonObject {
  return {
    host,
    http: {
      paths: paths.map(({ path, pathType, port }) => ({
        path,
        pathType,
        backend: { service: { name: service, port: { number: port } } },
      })),
    },
  };
}

/** The origins from which browsers load the user interface: `https` where the host has a certificate. */
function origins({ hosts = [], tls = [] }: IngressSpec): string[] {
  const secure = new Set(tls.flatMap(({ hosts: names = [] }) => names));
  return hosts.map(({ host }) => `${secure.has(host) ? 'https' : 'http'}://${host}`);
}

/** The way in from outside the cluster. */
export class Ingress extends Construct {
  constructor(scope: Construct, id: string, { hosts, instance }: { readonly hosts: Hosts; readonly instance: Instance }) {
    super(scope, id);
    const { ingress } = instance.spec.networking;
    const { className, hosts: ingressHosts = [], tls } = ingress;
    const service = objectNames.service(instance.name);
    new WireObject(this, 'Ingress', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: objectMetadata(instance, objectNames.ingress(instance.name), { annotations: this.annotations(instance) }),
      produce: () => ({ spec: { ingressClassName: className, rules: ingressHosts.map((host) => rule(service, host)), tls } }),
    });
    hosts.config.append(['gateway', 'controlUi', 'allowedOrigins'], origins(ingress), 'yield');
  }

  /** Ours by the class of the controller; what the user writes wins, but for lists that are joined. */
  private annotations(instance: Instance): Record<string, string> {
    const { ingress } = instance.spec.networking;
    const controller = controllerOf(ingress);
    const theirs = ingress.annotations ?? {};
    if (controller === 'nginx') return { ...nginxAnnotations(instance.name, ingress), ...theirs };
    if (controller === 'other') return theirs;
    const ours = addTraefik(this, instance);
    const replaced = Object.entries(theirs).filter(([key]) => !joinedAnnotations.has(key));
    return { ...theirs, ...ours, ...Object.fromEntries(replaced) };
  }
}

export const ingress: Part = {
  name: 'ingress',
  claims: ['networking.ingress'],
  emits: [kinds.ingress, kinds.middleware, kinds.secret],
  managed: [{ field: 'basicAuthSecret', kind: kinds.secret, nameOf: ({ name }) => objectNames.basicAuth(name) }],
  rules,
  references,
  isEnabled: (spec) => spec.networking.ingress.enabled,
  create: (scope, hosts, instance) => new Ingress(scope, 'Ingress', { hosts, instance }),
};
