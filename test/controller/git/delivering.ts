import { DriftReader } from '../../../controller/git/drift-reader';
import { Guard } from '../../../controller/git/guard';
import { EngineReader } from '../../../controller/git/engine-reader';
import { LeftBehind } from '../../../controller/git/left-behind';
import type { Scope } from '../../../controller/objects/scope';
import { OwedRemovals } from '../../../controller/git/owed-removals';
import { RepositoryDelivery } from '../../../controller/git/repository-delivery';
import { createLog } from '../../../controller/objects/log';
import type { LiveInstance } from '../../../controller/objects/objects';
import type { GitOutcome } from '../../../controller/decide/outcome';
import type { Plan } from '../../../controller/decide/plan';
import { appliers } from '../../../gitops/engines/appliers';
import type { FluxSettings } from '../../../gitops/engines/flux';
import { GitError, type GitErrorCode } from '../../../gitops/git/errors';
import type { PublishResult, Published } from '../../../gitops/publish/publish';
import { FakeClock } from '../api/fake-clock';
import { anObserved, planOf } from '../observed';
import { OWN_NAMESPACE, aServer, fillCaches } from '../world';
import { ScriptedPublisher } from './scripted-publisher';

export const PLACE = { repository: 'https://git.example/fleet', branch: 'main', path: 'clusters/prod/instances/team-a/alice' };
export const PLACEMENT = { cluster: 'prod', namespace: 'team-a', name: 'alice' };
export const COMMITTED: Published = { ok: true, tree: 't1', commit: 'c1', noop: false, verifiedAt: new Date(0) };
export const REMOVED: Published = { ok: true, commit: 'c2', noop: false, verifiedAt: new Date(0) };

/** An instance of which nothing was committed yet. */
export const fresh: LiveInstance = anObserved().instance;
/** An instance of which something was. */
export const published: LiveInstance = { ...fresh, status: { delivery: 'git', git: { tree: 't0', commit: 'c0' } } };

export function failed(code: GitErrorCode, retryAt?: number): PublishResult {
  return { ok: false, error: new GitError(code, 'what the server said'), ...(retryAt !== undefined && { retryAt }) };
}

interface Wanted {
  readonly plan: Plan;
  readonly instance: LiveInstance;
}

export function wanted(difference: Parameters<typeof anObserved>[0] = {}): Wanted {
  const observed = anObserved({ wantedDelivery: 'git', ...difference });
  return { plan: planOf(observed), instance: observed.instance };
}

/** A delivery over a cluster in memory and a branch that a test speaks for. */
export class Delivering {
  public readonly clock = new FakeClock();
  public readonly api = aServer(this.clock);
  public readonly scripted = new ScriptedPublisher();
  public readonly woken: string[] = [];
  public readonly lines: Record<string, unknown>[] = [];
  /** Directories that belong to a new instance of the name: `namespace/name`. */
  public readonly taken: string[] = [];
  /** Set before a restart: Flux delivers. */
  public flux: FluxSettings | undefined;
  private current: RepositoryDelivery | undefined;

  /** For which instances it works, from the next restart on. */
  public scope: Scope = {};

  private constructor() {
    this.clock.chance = 0.5;
  }

  public static async begin(): Promise<Delivering> {
    const subject = new Delivering();
    await subject.restart();
    return subject;
  }

  /** A process that remembers nothing, over the same cluster and the same branch. */
  public async restart(): Promise<void> {
    const { api, clock } = this;
    const { caches } = await fillCaches(api, undefined, this.scope);
    const log = createLog(
      (line) => this.lines.push(JSON.parse(line) as Record<string, unknown>),
      () => clock.now(),
    );
    const { publisher } = this.scripted;
    this.current = new RepositoryDelivery({
      publisher,
      engine: new EngineReader(api, caches, clock, this.flux),
      drift: new DriftReader(api, caches, clock),
      left: new LeftBehind({ api, caches, publisher, cluster: 'prod', owner: 'uid-of-kube-system', scope: this.scope, clock, log }),
      repository: { url: PLACE.repository, branch: PLACE.branch },
      cluster: 'prod',
      owner: 'uid-of-kube-system',
      guard: new Guard(api, caches, appliers.flux),
      owed: new OwedRemovals(api, OWN_NAMESPACE, 'prod'),
      isTaken: ({ namespace, name }) => this.taken.includes(`${namespace}/${name}`),
      clock,
      log,
      wake: (key) => this.woken.push(key),
    });
  }

  public get delivery(): RepositoryDelivery {
    if (this.current === undefined) throw new Error('it has not begun');
    return this.current;
  }

  public async publish({ plan, instance }: Wanted = wanted()): Promise<GitOutcome> {
    return this.delivery.publish(plan, instance);
  }

  /** What is still owed to the repository, as the cluster has it. */
  public get owed(): string[] {
    const map = this.api.find('ConfigMap', 'openclaw-controller-owed-removals', OWN_NAMESPACE);
    return Object.keys(map?.['data'] ?? {});
  }

  /** On the monotonic clock. */
  public get inOneMinute(): number {
    return this.clock.monotonic() + 60_000;
  }
}
