import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { probePort } from '../gateway/gateway';
import { kibibytes } from '../../wire/kibibytes';
import { programPath } from '../../hosts/config';
import { ports } from '../../wire/names';

/** The program behind the readiness probe, where free space is watched. */
export const DISK_READINESS = 'disk-readiness.sh';

type Probes = NonNullable<ResolvedOpenClawInstanceSpec['probes']>;

/** The numbers of one probe; each is set on its own. */
interface Timing {
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

function probe(handler: object, timing: Timing): object {
  const { initialDelaySeconds, periodSeconds, timeoutSeconds, failureThreshold } = timing;
  return { failureThreshold, ...handler, initialDelaySeconds, periodSeconds, timeoutSeconds };
}

/**
 * HTTP through the proxy: 502 while the gateway is dead, which a connection to the proxy alone would hide. Releases before 2026.3.1 answer
 * every path with 200 as soon as they listen, later ones tell live from ready.
 */
function httpGet(path: string, port: number): object {
  return { httpGet: { path, port } };
}

/**
 * Ready, and enough free space on the data volume. Runs in the agent's container, so it asks the gateway itself: through the proxy a caller
 * from the loopback interface is turned away by releases from 2026.8 on.
 */
function diskGuard({ diskReadiness }: Probes): object {
  const { path, minFree } = diskReadiness;
  const command = ['/bin/sh', programPath(DISK_READINESS), path, String(kibibytes(minFree)), `http://127.0.0.1:${ports.gateway}/readyz`];
  return { exec: { command } };
}

/** The three probes of the agent's container. A probe that is switched off is `undefined`. */
export function agentProbes(spec: ResolvedOpenClawInstanceSpec): Record<string, object | undefined> {
  const { probes } = spec;
  const port = probePort(spec);
  const ready = probes.diskReadiness.enabled ? diskGuard(probes) : httpGet('/readyz', port);
  return {
    livenessProbe: probes.liveness.enabled ? probe(httpGet('/healthz', port), probes.liveness) : undefined,
    readinessProbe: probes.readiness.enabled ? probe(ready, probes.readiness) : undefined,
    startupProbe: probes.startup.enabled ? probe(httpGet('/healthz', port), probes.startup) : undefined,
  };
}
