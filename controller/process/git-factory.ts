import type { Clock } from '../../gitops/git/clock';
import type { Fence } from '../../gitops/git/fence';
import type { ApiPort } from '../api/port';
import type { GitDelivery } from '../decide/git-delivery';
import type { KindTable } from '../objects/kinds';
import type { Log } from '../objects/log';
import type { Meter } from '../objects/meter';
import type { Scope } from '../objects/scope';
import type { Caches } from '../observe/caches';

/** What a Git delivery is built from. */
export interface GitContext {
  readonly api: ApiPort;
  readonly fence: Fence;
  readonly caches: Caches;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly log: Log;
  /** The controller's own namespace. */
  readonly namespace: string;
  /** For which instances it works. @default - all of the cluster */
  readonly scope?: Scope | undefined;
  /** Asks for a pass of an instance (`namespace/name`). */
  readonly wake: (key: string) => void;
  /** @default - nothing is measured */
  readonly meter?: Meter | undefined;
}

/** A Git delivery and its life: that of one term. */
export interface RunningGitDelivery extends GitDelivery {
  start(): Promise<void>;
  /** Looks at the remote soon: somebody says that something moved there. */
  hurry(): void;
  /** Publishes what waits now; resolves when every wish has been answered, with whether there was one. */
  idle(): Promise<boolean>;
  stop(): Promise<void>;
}

/** Builds the Git delivery of a term, from filled caches. */
export type GitFactory = (context: GitContext) => Promise<RunningGitDelivery>;
