import type { GeneratedSecret, Reference } from '../../spec/reference';
import type { Check, CheckInput } from '../../part';
import { annotationMistakes } from '../../core/values/annotations';
import type { WrittenInstance } from '../../spec/instance';
import { type Need, servedKindKey } from '../../spec/need';
import { type Issue, error, warning } from '../../spec/issue';
import { type IngressSpec, basicAuthSecret, controllerOf } from './ingress-spec';
import { MIDDLEWARE, needsNamespace } from './traefik';

const PATH = 'spec.networking.ingress';

const mistakes: Check = function* ({ name, namespace, spec }) {
  const { ingress } = spec.networking;
  if (!ingress.hosts?.length) {
    yield error(`${PATH}.hosts`, 'ingress/no-hosts', 'an Ingress needs at least one host: name one, or set ingress.enabled to false');
  }
  if (controllerOf(ingress) === 'traefik' && namespace === undefined && needsNamespace(name, ingress)) {
    yield error(
      'metadata.namespace',
      'ingress/namespace',
      'Traefik refers to a Middleware by its namespace: write the namespace of the instance',
    );
  }
};

const security: Check = function* ({ spec }) {
  const { ingress } = spec.networking;
  const { forceHTTPS, enableHSTS, basicAuth } = ingress.security;
  const controller = controllerOf(ingress);
  yield* certificates(ingress);
  if (!forceHTTPS) {
    yield warning(`${PATH}.security.forceHTTPS`, 'ingress/http', 'plain HTTP is let in: tokens and chats can be read on the way');
  }
  if (controller === 'nginx' && !enableHSTS) {
    yield warning(
      `${PATH}.security.enableHSTS`,
      'ingress/hsts',
      'ingress-nginx sends HSTS for every host with a certificate; switch it off in the ConfigMap of the controller (hsts: "false")',
    );
  }
  if (controller === 'other' && basicAuth?.enabled) {
    yield warning(
      `${PATH}.security.basicAuth`,
      'ingress/basic-auth',
      'only the classes nginx and traefik are known: this Ingress asks for no password, add the annotations of your controller',
    );
  }
};

/** An entry without hosts is for all of them. A certificate for `*.example.com` covers one label. */
function isCovered(host: string, names: readonly string[]): boolean {
  return names.includes(host) || names.includes(host.replace(/^[^.]+/, '*'));
}

function* certificates({ hosts = [], tls = [] }: IngressSpec): Iterable<Issue> {
  const consequence = 'tokens and chats travel readable unless something in front terminates TLS';
  if (tls.length === 0) {
    yield warning(`${PATH}.tls`, 'ingress/no-tls', `no certificate: ${consequence}`);
    return;
  }
  if (tls.some(({ hosts: names }) => !names?.length)) return;
  const names = tls.flatMap(({ hosts: covered = [] }) => covered);
  for (const [index, { host }] of hosts.entries()) {
    if (isCovered(host, names)) continue;
    yield warning(`${PATH}.hosts[${index}].host`, 'ingress/no-tls', `${host} stands in no entry of tls: ${consequence}`);
  }
}

/** Paths against the ports that we give the Service; for ports that the user lists a rule of the CRD says the same. */
const backends: Check = function* ({ spec }, hosts) {
  const { ingress, service } = spec.networking;
  if (service.ports?.length) return;
  const known = hosts.service.ports.map(({ port }) => port);
  for (const [index, { paths }] of (ingress.hosts ?? []).entries()) {
    for (const [at, { port }] of paths.entries()) {
      if (known.includes(port)) continue;
      yield warning(
        `${PATH}.hosts[${index}].paths[${at}].port`,
        'ingress/port',
        `the Service has no port ${port}: name one of ${known.join(', ')}, or list ports of your own in networking.service.ports`,
      );
    }
  }
};

/** The ingress controller is a client as any other one, and the NetworkPolicy does not know where it runs. */
const networkPolicy: Check = function* ({ spec }) {
  const { enabled, allowedIngressNamespaces = [], allowedIngressCIDRs = [] } = spec.security.networkPolicy;
  if (!enabled || allowedIngressNamespaces.length > 0 || allowedIngressCIDRs.length > 0) return;
  yield warning(
    'spec.security.networkPolicy.allowedIngressNamespaces',
    'ingress/network-policy',
    'the NetworkPolicy does not let the ingress controller in, unless it runs in the same namespace: name its namespace here',
  );
};

/** Without its CRDs an Ingress would stand there without the redirects and passwords that were asked for. */
const middlewares: Check = function* ({ facts, name, spec }) {
  const { ingress } = spec.networking;
  if (controllerOf(ingress) !== 'traefik' || !needsNamespace(name, ingress)) return;
  if (facts.servedKinds?.get(servedKindKey(MIDDLEWARE.apiVersion, MIDDLEWARE.kind)) !== false) return;
  yield warning(
    `${PATH}.className`,
    'ingress/no-middleware',
    `the cluster does not know the kind ${MIDDLEWARE.kind} of ${MIDDLEWARE.apiVersion}, which redirects, passwords and limits are made of: install the CRDs of Traefik`,
  );
};

const annotations: Check = ({ spec }) => annotationMistakes(spec.networking.ingress.annotations, `${PATH}.annotations`);

export const checks: readonly Check[] = [mistakes, security, backends, networkPolicy, middlewares, annotations];

/** Asked of whatever document there is, so nothing is sure of its shape. */
export function needs({ spec }: WrittenInstance): Need[] {
  const className: unknown = spec?.networking?.ingress?.className;
  if (typeof className !== 'string' || controllerOf({ className }) !== 'traefik') return [];
  return [{ kind: 'servedKind', apiVersion: MIDDLEWARE.apiVersion, name: MIDDLEWARE.kind }];
}

export function* references({ name, spec }: CheckInput): Iterable<Reference> {
  const {
    security: { basicAuth },
    tls = [],
  } = spec.networking.ingress;
  for (const [index, { secretName }] of tls.entries()) {
    if (secretName === undefined) continue;
    yield {
      kind: 'Secret',
      name: secretName,
      path: `${PATH}.tls[${index}].secretName`,
      purpose: 'TLS certificate',
      keys: ['tls.crt', 'tls.key'],
    };
  }
  if (!basicAuth?.enabled) return;
  const secret = basicAuthSecret(name, basicAuth);
  const path = `${PATH}.security.basicAuth`;
  if (basicAuth.existingSecret !== undefined) {
    yield { kind: 'Secret', name: secret, path: `${path}.existingSecret`, purpose: 'basic authentication', keys: ['auth'] };
    return;
  }
  yield {
    kind: 'Secret',
    name: secret,
    path,
    purpose: 'basic authentication',
    keys: ['username', 'password', 'auth'],
    generate: credentials(basicAuth.username),
  };
}

/** Both controllers read it: Traefik user and password, nginx the htpasswd line. Hashed with bcrypt, which both know. */
function credentials(user: string): GeneratedSecret {
  return {
    type: 'kubernetes.io/basic-auth',
    keys: { username: { literal: user }, password: { randomBytes: 20 }, auth: { htpasswd: { user, passwordKey: 'password' } } },
  };
}
