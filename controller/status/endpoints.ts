import type { OpenClawInstanceStatus } from '../../constructs';
import { objectNames, ports } from '../../constructs/wire/names';
import { type StatusView, shortName } from './status-input';

interface ServiceView {
  readonly spec?: { readonly ports?: readonly { readonly port: number }[] };
}

/** Addresses in the cluster, of the ports that the live Service has: a user may have replaced them. */
export function endpoints({ instance, live }: StatusView): Pick<OpenClawInstanceStatus, 'gatewayEndpoint' | 'canvasEndpoint'> {
  const name = objectNames.service(instance.metadata.name);
  const service = live.get(shortName('Service', name)) as ServiceView | undefined;
  const open = new Set(service?.spec?.ports?.map(({ port }) => port));
  const host = `${name}.${instance.metadata.namespace}.svc`;
  return {
    ...(open.has(ports.gateway) && { gatewayEndpoint: `${host}:${ports.gateway}` }),
    ...(open.has(ports.canvas) && { canvasEndpoint: `${host}:${ports.canvas}` }),
  };
}
