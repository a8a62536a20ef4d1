import { createGit } from '../../../gitops/git/git';
import type { Clock } from '../../../gitops/git/clock';
import { openFence } from '../../../gitops/git/fence';
import { type PublishRequest, type PublishResult } from '../../../gitops/publish/publish';
import { Publisher, type PublisherSettings } from '../../../gitops/publish/publisher';
import type { RemoteSettings } from '../../../gitops/git/remote-settings';
import { Repository, type RepositorySettings } from '../../../gitops/publish/repository';
import { systemClock } from '../../../gitops/git/clock';
import type { Modifier } from '../../builders';
import { OWNER, aLayout, aSet } from '../layouts';
import { patient } from '../../patience/patience.cjs';

/** Short, so that tests need not wait; the order of the lengths is that of the defaults. */
export const TIMES = { quiet: 20, longest: 200, most: 200, firstBackOff: 20, longestBackOff: 100 };

/** A publisher and its repository, closed together. */
export function aPublisher(
  remote: RemoteSettings,
  settings: Partial<PublisherSettings> & { readonly repositorySettings?: RepositorySettings } = {},
): Publisher {
  const repository = new Repository(
    createGit(remote, { silence: patient(20_000), connect: patient(5) }),
    settings.repositorySettings ?? { createBranch: true },
  );
  return new Publisher({ repository, clock: systemClock, engine: '1.2.3', fence: openFence, times: TIMES, ...settings });
}

export function aRequest(name = 'alice', ...modifiers: readonly Modifier[]): PublishRequest {
  const layout = aLayout(aSet(name, ...modifiers));
  return { placement: layout.placement, layout, owner: OWNER };
}

/** What a result says, in a word. */
export function told(result: PublishResult): string {
  if (!result.ok) return result.error.code;
  return result.noop ? 'noop' : 'committed';
}

/** Time that passes at once whenever someone sleeps. */
export class RushingClock implements Clock {
  private time = 0;
  private epoch = Date.UTC(2026, 8, 1);

  public now(): Date {
    return new Date(this.epoch + this.time);
  }

  public monotonic(): number {
    return this.time;
  }

  /** Sets the time of day; no time passes by it. */
  public setBack(ms: number): void {
    this.epoch -= ms;
  }

  public async sleep(ms: number): Promise<void> {
    this.time += ms;
    await new Promise((resolve) => setImmediate(resolve));
  }

  public random(): number {
    return 0.5;
  }
}
