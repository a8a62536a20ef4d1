import { Construct } from 'constructs';
import { objectNames } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import type { Hosts } from '../../hosts/hosts';
import type { JsonObject } from '../../spec/json';
import { type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { WireObject } from '../../wire/wire-object';
import { type IngressSpec, controllerOf } from './ingress-spec';
import { nginxAnnotations } from './nginx';
import { checks, needs, references } from './checks';
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

/** Ours by the class of the controller; what the user writes wins, but for lists that are joined. */
function annotationsOf(scope: Construct, instance: Instance): Record<string, string> {
  const { ingress } = instance.spec.networking;
  const controller = controllerOf(ingress);
  const theirs = ingress.annotations ?? {};
  if (controller === 'nginx') return { ...nginxAnnotations(instance.name, ingress), ...theirs };
  if (controller === 'other') return theirs;
  const ours = addTraefik(scope, instance);
  const replaced = Object.entries(theirs).filter(([key]) => !joinedAnnotations.has(key));
  return { ...theirs, ...ours, ...Object.fromEntries(replaced) };
}

function create(scope: Construct, _hosts: Hosts, instance: Instance): void {
  const place = new Construct(scope, 'Ingress');
  const { className, hosts: ingressHosts = [], tls } = instance.spec.networking.ingress;
  const service = objectNames.service(instance.name);
  new WireObject(place, 'Ingress', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: objectMetadata(instance, objectNames.ingress(instance.name), { annotations: annotationsOf(place, instance) }),
    produce: () => ({ spec: { ingressClassName: className, rules: ingressHosts.map((host) => rule(service, host)), tls } }),
  });
}

export const ingress: Part = {
  name: 'ingress',
  claims: ['networking.ingress'],
  emits: [kinds.ingress, kinds.middleware, kinds.secret],
  managed: [{ field: 'basicAuthSecret', kind: kinds.secret, nameOf: ({ name }) => objectNames.basicAuth(name) }],
  needs,
  isEnabled: (spec) => spec.networking.ingress.enabled,
  bind: ({ config }, { spec }) => config.append(['gateway', 'controlUi', 'allowedOrigins'], origins(spec.networking.ingress), 'yield'),
  checks,
  references,
  create,
};

/** The way in from outside the cluster. */
export class Ingress extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, ingress, props);
  }
}
