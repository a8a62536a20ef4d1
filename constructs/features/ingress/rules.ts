import type { GeneratedSecret, Reference } from '../../spec/reference';
import type { Rule, RuleInput } from '../../part';
import { type Issue, error, warning } from '../../spec/issue';
import { type IngressSpec, basicAuthSecret, controllerOf } from './ingress-spec';
import { needsNamespace } from './traefik';

const PATH = 'spec.networking.ingress';

const mistakes: Rule = function* ({ name, namespace, spec }) {
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

const security: Rule = function* ({ spec }) {
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
const backends: Rule = function* ({ spec, servicePorts }) {
  const { ingress, service } = spec.networking;
  if (service.ports?.length) return;
  const known = servicePorts();
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
const networkPolicy: Rule = function* ({ spec }) {
  const { enabled, allowedIngressNamespaces = [], allowedIngressCIDRs = [] } = spec.security.networkPolicy;
  if (!enabled || allowedIngressNamespaces.length > 0 || allowedIngressCIDRs.length > 0) return;
  yield warning(
    'spec.security.networkPolicy.allowedIngressNamespaces',
    'ingress/network-policy',
    'the NetworkPolicy does not let the ingress controller in, unless it runs in the same namespace: name its namespace here',
  );
};

function onlyIfEnabled(rule: Rule): Rule {
  return (input) => (input.spec.networking.ingress.enabled ? rule(input) : []);
}

export const rules: readonly Rule[] = [mistakes, security, backends, networkPolicy].map(onlyIfEnabled);

export function* references({ name, spec }: RuleInput): Iterable<Reference> {
  const {
    enabled,
    security: { basicAuth },
    tls = [],
  } = spec.networking.ingress;
  if (!enabled) return;
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
