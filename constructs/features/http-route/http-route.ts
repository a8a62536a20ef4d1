import type { Construct } from 'constructs';
import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { annotationMistakes } from '../../core/values/annotations';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Facts } from '../../spec/facts';
import type { Instance, WrittenInstance } from '../../spec/instance';
import { error, warning } from '../../spec/issue';
import { type Need, servedKindKey } from '../../spec/need';
import { kinds } from '../../wire/kinds';
import { objectNames } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { WireObject } from '../../wire/wire-object';

const PATH = 'spec.networking.httpRoute';
const { apiVersion, kind } = kinds.httpRoute;

type HttpRouteSpec = ResolvedOpenClawInstanceSpec['networking']['httpRoute'];

/** Whether the cluster is known to lack the Gateway API. A route that it does not know would fail every delivery. */
function isMissing({ servedKinds }: Facts): boolean {
  return servedKinds?.get(servedKindKey(apiVersion, kind)) === false;
}

const mistakes: Check = function* ({ spec: { networking } }, hosts) {
  const { parentRefs = [], port, annotations } = networking.httpRoute;
  if (parentRefs.length === 0)
    yield error(`${PATH}.parentRefs`, 'http-route/no-parent', 'a route belongs to a Gateway: name one, or set httpRoute.enabled to false');
  yield* annotationMistakes(annotations, `${PATH}.annotations`);
  // For ports that the user lists a rule of the CRD says the same.
  if (networking.service.ports?.length) return;
  const known = hosts.service.ports.map(({ port: number }) => number);
  if (!known.includes(port))
    yield warning(`${PATH}.port`, 'http-route/port', `the Service has no port ${port}: name one of ${known.join(', ')}`);
};

/** The Gateway is a client as any other one, and the NetworkPolicy does not know where it runs. */
const networkPolicy: Check = function* ({ spec }) {
  const { enabled, allowedIngressNamespaces = [], allowedIngressCIDRs = [] } = spec.security.networkPolicy;
  if (!enabled || allowedIngressNamespaces.length > 0 || allowedIngressCIDRs.length > 0) return;
  yield warning(
    'spec.security.networkPolicy.allowedIngressNamespaces',
    'http-route/network-policy',
    'the NetworkPolicy does not let the Gateway in, unless its pods run in the same namespace: name their namespace here',
  );
};

const installed: Check = function* ({ facts }) {
  if (!isMissing(facts)) return;
  yield warning(
    PATH,
    'http-route/not-installed',
    `the cluster does not know the kind ${kind} of ${apiVersion}, so the route is left out: install the CRDs of the Gateway API`,
  );
};

/** Asked of whatever document there is, so nothing is sure of its shape. */
function needs({ spec }: WrittenInstance): Need[] {
  const enabled: unknown = spec?.networking?.httpRoute?.enabled;
  return enabled === true ? [{ kind: 'servedKind', apiVersion, name: kind }] : [];
}

/** The origins from which browsers load the user interface. A name with a star in it is none. */
function origins({ hostnames = [] }: HttpRouteSpec): string[] {
  return hostnames.filter((name) => !name.startsWith('*')).map((name) => `https://${name}`);
}

function create(scope: Construct, _hosts: Hosts, instance: Instance): void {
  if (isMissing(instance.facts)) return;
  const { parentRefs, hostnames, port, annotations } = instance.spec.networking.httpRoute;
  const backend = { name: objectNames.service(instance.name), port };
  new WireObject(scope, 'HttpRoute', {
    apiVersion,
    kind,
    metadata: objectMetadata(instance, objectNames.httpRoute(instance.name), { annotations }),
    produce: () => ({
      spec: {
        parentRefs,
        ...(hostnames?.length && { hostnames }),
        rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [backend] }],
      },
    }),
  });
}

export const httpRoute: Part = {
  name: 'http-route',
  claims: ['networking.httpRoute'],
  emits: [kinds.httpRoute],
  managed: [{ field: 'httpRoute', kind: kinds.httpRoute, nameOf: ({ name }) => objectNames.httpRoute(name) }],
  conditions: [
    {
      type: 'HTTPRouteReady',
      kind: kinds.httpRoute,
      created: 'HTTPRouteReconciled',
      leftOut: { rule: 'http-route/not-installed', reason: 'GatewayAPINotInstalled' },
    },
  ],
  needs,
  isEnabled: (spec) => spec.networking.httpRoute.enabled,
  bind: ({ config }, { spec }) => config.append(['gateway', 'controlUi', 'allowedOrigins'], origins(spec.networking.httpRoute), 'yield'),
  checks: [mistakes, networkPolicy, installed],
  create,
};

/** The way in from outside the cluster, through a Gateway. */
export class HttpRoute extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, httpRoute, props);
  }
}
