import type { Construct } from 'constructs';
import { objectNames } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import type { JsonObject } from '../../spec/json';
import type { Instance } from '../../spec/instance';
import { WireObject } from '../../wire/wire-object';
import { type IngressSpec, basicAuthSecret } from './ingress-spec';

const PREFIX = 'traefik.ingress.kubernetes.io';
/** The kind that Traefik's own CRDs bring. */
export const MIDDLEWARE = { apiVersion: 'traefik.io/v1alpha1', kind: 'Middleware' } as const;

const MIDDLEWARES = `${PREFIX}/router.middlewares`;

const YEAR = 365 * 24 * 60 * 60;

/** What Traefik does to a request before it reaches the Service, in order. */
interface Middleware {
  readonly name: string;
  readonly spec: JsonObject;
}

function middlewares(instanceName: string, { security }: IngressSpec): Middleware[] {
  const { forceHTTPS, enableHSTS, rateLimiting, basicAuth } = security;
  const list: Middleware[] = [];
  if (forceHTTPS) {
    list.push({ name: objectNames.httpsRedirect(instanceName), spec: { redirectScheme: { scheme: 'https', permanent: true } } });
  }
  if (enableHSTS) {
    list.push({
      name: objectNames.securityHeaders(instanceName),
      spec: { headers: { stsSeconds: YEAR, stsIncludeSubdomains: true } },
    });
  }
  if (rateLimiting.enabled) {
    const average = rateLimiting.requestsPerSecond;
    // A page loads many files at once; as with ingress-nginx, bursts of five times the rate pass.
    list.push({ name: objectNames.rateLimit(instanceName), spec: { rateLimit: { average, burst: average * 5 } } });
  }
  if (basicAuth?.enabled) {
    const { realm } = basicAuth;
    list.push({
      name: objectNames.basicAuth(instanceName),
      spec: { basicAuth: { secret: basicAuthSecret(instanceName, basicAuth), realm } },
    });
  }
  return list;
}

/** Traefik names a Middleware with its namespace, so such an instance has to say which one it is. */
export function needsNamespace(instanceName: string, ingress: IngressSpec): boolean {
  return middlewares(instanceName, ingress).length > 0;
}

/** Creates the Middlewares, and returns the annotations that put them in front of the Ingress. A user's own ones come first. */
export function addTraefik(scope: Construct, instance: Instance): Record<string, string> {
  const { ingress } = instance.spec.networking;
  const list = middlewares(instance.name, ingress);
  for (const { name, spec } of list) {
    new WireObject(scope, name.slice(instance.name.length + 1), {
      ...MIDDLEWARE,
      metadata: objectMetadata(instance, name),
      produce: () => ({ spec }),
    });
  }
  const theirs = ingress.annotations?.[MIDDLEWARES];
  const ours = list.map(({ name }) => `${instance.namespace}-${name}@kubernetescrd`);
  const chain = [...(theirs ? [theirs] : []), ...ours].join(',');
  return {
    ...(ingress.security.forceHTTPS && { [`${PREFIX}/router.entrypoints`]: 'web,websecure' }),
    ...(chain !== '' && { [MIDDLEWARES]: chain }),
  };
}

/** The annotation whose value is joined with the user's, not replaced by it. */
export const joinedAnnotations = new Set([MIDDLEWARES]);
