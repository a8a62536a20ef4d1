import type { OpenClawInstanceStatus } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { objectNames, ports } from '../../constructs/wire/names';
import { type StatusView, liveAt } from './status-input';

interface ServiceView {
  readonly spec?: { readonly ports?: readonly { readonly port: number }[] };
}

/** Addresses in the cluster, of the ports that the live Service has: a user may have replaced them. */
export function endpoints(view: StatusView): Pick<OpenClawInstanceStatus, 'gatewayEndpoint' | 'canvasEndpoint'> {
  const { instance } = view;
  const name = objectNames.service(instance.metadata.name);
  const service = liveAt(view, kinds.service, name) as ServiceView | undefined;
  const open = new Set(service?.spec?.ports?.map(({ port }) => port));
  const host = `${name}.${instance.metadata.namespace}.svc`;
  return {
    ...(open.has(ports.gateway) && { gatewayEndpoint: `${host}:${ports.gateway}` }),
    ...(open.has(ports.canvas) && { canvasEndpoint: `${host}:${ports.canvas}` }),
  };
}
