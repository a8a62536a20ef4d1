import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { objectNames } from '../../wire/names';

export type IngressSpec = ResolvedOpenClawInstanceSpec['networking']['ingress'];

export type BasicAuthSpec = NonNullable<IngressSpec['security']['basicAuth']>;

/** Controllers that we know annotations of. Any other one gets a plain Ingress. */
export type IngressController = 'nginx' | 'traefik' | 'other';

/** Tells the controller from the name of its class: `nginx`, `nginx-internal`, `traefik-public`. */
export function controllerOf({ className }: Pick<IngressSpec, 'className'>): IngressController {
  const name = className?.toLowerCase() ?? '';
  if (name.includes('nginx')) return 'nginx';
  return name.includes('traefik') ? 'traefik' : 'other';
}

/** The Secret with the user and password, for both controllers: type kubernetes.io/basic-auth for one, key `auth` for the other. */
export function basicAuthSecret(instanceName: string, { existingSecret }: BasicAuthSpec): string {
  return existingSecret ?? objectNames.basicAuth(instanceName);
}
