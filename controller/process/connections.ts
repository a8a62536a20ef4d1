import type { Clock } from '../../gitops/git/clock';
import { type Fence, openFence } from '../../gitops/git/fence';
import type { ClusterAccess } from '../api/cluster-access';
import { HttpApi } from '../api/http-api';
import type { ApiPort } from '../api/port';
import type { Meter } from '../objects/meter';
import { userAgent } from '../api/user-agent';

/** The doors of one controller to its API server. */
export interface Connections {
  /** For all work. Its writes ask the fence. */
  readonly work: ApiPort;
  /**
   * For the Lease alone. It has connections of its own, so that a renewal never queues behind the work of a large fleet, and no fence: the fence
   * depends on the lease, and not the other way round.
   */
  readonly lease: ApiPort;
  /** Ends everything that is under way. */
  close(): void;
}

/** A renewal that is not answered within this time is better asked for again. */
const LEASE_TIMEOUT_MS = 5000;

/** Opens nothing yet: each door connects with its first request. */
export function connect({
  access,
  clock,
  fence,
  meter,
}: {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  readonly fence: Fence;
  /** @default - nothing is measured */
  readonly meter?: Meter | undefined;
}): Connections {
  const common = { access, clock, userAgent: userAgent(), meter };
  const work = new HttpApi({ ...common, fence });
  // One try: whoever renews knows best whether there is time for another one.
  const lease = new HttpApi({ ...common, fence: openFence, timeoutMs: LEASE_TIMEOUT_MS, maxTries: 1 });
  return {
    work,
    lease,
    close: () => {
      work.close();
      lease.close();
    },
  };
}
