import type { AgentConfig } from '../../hosts/config';
import type { Instance } from '../../spec/instance';

/** Whether the application believes a proxy about who the user is. */
export function trustsProxyUsers(config: Instance['config']): boolean {
  const gateway = config['gateway'] as { auth?: { mode?: unknown } } | undefined;
  return gateway?.auth?.mode === 'trusted-proxy';
}

/**
 * How the application takes what the sidecar passes on: from 127.0.0.1, with the visitor's address in X-Forwarded-For.
 *
 * Releases from 2026.8 on answer 403 to such a request unless they trust the address. Earlier ones ask `tailscale whois` about the visitor;
 * with the address trusted they would ask programs in the pod for a pairing, so there it is left out.
 */
export function connectGateway(agentConfig: AgentConfig, { spec, dialect, config }: Instance): void {
  if (dialect !== 'before-2026.8' && !trustsProxyUsers(config)) agentConfig.append(['gateway', 'trustedProxies'], ['127.0.0.1'], 'join');
  if (spec.tailscale.authSSO) agentConfig.patch({ gateway: { auth: { allowTailscale: true } } });
}
