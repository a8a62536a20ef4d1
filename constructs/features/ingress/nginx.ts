import { type IngressSpec, basicAuthSecret } from './ingress-spec';

const PREFIX = 'nginx.ingress.kubernetes.io';

/**
 * Annotations for ingress-nginx.
 *
 * No snippets: the controller refuses them by default, and they can run anything in it. It sends HSTS itself for hosts with a certificate.
 */
export function nginxAnnotations(instanceName: string, { security }: IngressSpec): Record<string, string> {
  const { forceHTTPS, rateLimiting, basicAuth } = security;
  const pairs: [string, string][] = [
    // Chats stream for hours over one websocket.
    ['proxy-read-timeout', '3600'],
    ['proxy-send-timeout', '3600'],
    ['proxy-http-version', '1.1'],
    ['upstream-hash-by', '$binary_remote_addr'],
  ];
  if (forceHTTPS) pairs.push(['ssl-redirect', 'true'], ['force-ssl-redirect', 'true']);
  if (rateLimiting.enabled) pairs.push(['limit-rps', String(rateLimiting.requestsPerSecond)]);
  if (basicAuth?.enabled) {
    pairs.push(['auth-type', 'basic'], ['auth-secret', basicAuthSecret(instanceName, basicAuth)], ['auth-realm', basicAuth.realm]);
  }
  return Object.fromEntries(pairs.map(([key, value]) => [`${PREFIX}/${key}`, value]));
}
