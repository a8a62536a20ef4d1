import { systemClock } from '../../../gitops/git/clock';
import { openFence } from '../../../gitops/git/fence';
import { createGit } from '../../../gitops/git/git';
import type { Clock } from '../../../gitops/git/clock';
import type { Fence } from '../../../gitops/git/fence';
import type { Forge, PushOptions } from '../../../gitops/forge/pull-request';
import { type Grouping, branchPrefix } from '../../../gitops/propose/names';
import { PullRequests } from '../../../gitops/propose/pull-requests';
import { Publisher } from '../../../gitops/publish/publisher';
import type { OnForeignChange } from '../../../gitops/publish/foreign-change';
import type { RemoteSettings } from '../../../gitops/git/remote-settings';
import { Repository } from '../../../gitops/publish/repository';
import { OPTIONS } from '../layouts';
import { patient } from '../../patience/patience.cjs';
import { TIMES } from './publishing';

export interface Proposing {
  readonly remote: RemoteSettings;
  readonly forge: Forge | PushOptions;
  readonly grouping?: Grouping;
  readonly clock?: Clock;
  readonly fence?: Fence;
  readonly onForeignChange?: OnForeignChange;
}

/** A publisher whose changes become pull requests, and its repository, closed together. */
export function aProposer({
  remote,
  forge,
  grouping = 'instance',
  clock = systemClock,
  fence = openFence,
  onForeignChange = 'hold',
}: Proposing): Publisher {
  const { cluster } = OPTIONS;
  const repository = new Repository(createGit(remote, { silence: patient(20_000), connect: patient(5) }), {
    beside: branchPrefix(cluster),
  });
  const target = new PullRequests({ repository, forge, clock, fence, cluster, grouping, base: remote.branch });
  return new Publisher({ repository, clock, engine: '1.2.3', fence, times: TIMES, target, onForeignChange });
}
