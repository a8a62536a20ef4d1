import type { GitDelivery } from '../../../controller/decide/git-delivery';
import type { LiveInstance } from '../../../controller/objects/objects';
import type { GitOutcome } from '../../../controller/decide/outcome';
import type { Plan } from '../../../controller/decide/plan';

export const PLACE = { repository: 'https://git.example/fleet', branch: 'main', path: 'clusters/prod/instances/team-a/alice' };

/** A Git delivery that answers as a test says, and remembers what it was asked. */
export class ScriptedGit implements GitDelivery {
  public readonly asked: string[] = [];
  public state: GitOutcome['state'] = 'pending';

  public async publish(plan: Plan): Promise<GitOutcome> {
    return this.answer(`publish ${plan.manifests.length}`);
  }

  public async unpublish(_instance: LiveInstance, isGone: boolean): Promise<GitOutcome> {
    return this.answer(`unpublish, gone: ${isGone}`);
  }

  public async retire(): Promise<GitOutcome> {
    return this.answer('retire');
  }

  public async abandon(): Promise<GitOutcome> {
    return this.answer('abandon');
  }

  public forget(key: string): void {
    this.asked.push(`forget ${key}`);
  }

  private answer(asked: string): GitOutcome {
    this.asked.push(asked);
    return { ...PLACE, state: this.state };
  }
}
