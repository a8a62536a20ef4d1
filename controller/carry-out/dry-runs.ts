import { idOf } from '../../constructs/wire/object-ref';
import { ApiError, isNoMatch, isNotFound } from '../api/errors';
import type { Failure } from '../decide/outcome';
import { hashOf, liveHash } from '../objects/live-hash';
import type { KubeObject } from '../objects/objects';
import { changedFields } from './changed-fields';
import { failureOf } from './failures';
import type { ServerSideApply } from './server-side-apply';

/** What the API server says that an apply of one object would do. */
export type Verdict =
  | {
      readonly action: 'created' | 'configured' | 'unchanged';
      /** See `changedFields`. Empty for an object that is new or stays the same. */
      readonly fields: readonly string[];
    }
  /** The server cannot tell without doing it. */
  | { readonly action: 'unknown'; readonly message: string }
  | { readonly action: 'failed'; readonly failure: Failure };

/** A verdict and what it is about: it holds as long as both are the same. */
interface Judged {
  readonly desired: string;
  readonly live: string | undefined;
  readonly verdict: Verdict;
}

/**
 * Dry-run applies, each content judged once.
 *
 * What is there counts by the fields of which the desired object speaks: its version moves with every status. A refusal is not kept, since what
 * it depends on (rights, quotas, webhooks) may have changed.
 */
export class DryRuns {
  private readonly judged = new Map<string, Map<string, Judged>>();

  public constructor(private readonly writer: Pick<ServerSideApply, 'preview'>) {}

  /**
   * Never throws for what the server answers.
   *
   * @param key the instance (`namespace/name`): what `forget` drops
   * @param live the object as it is. @default - there is none
   */
  public async of(key: string, desired: KubeObject, live: KubeObject | undefined): Promise<Verdict> {
    const known = this.judged.get(key) ?? new Map<string, Judged>();
    this.judged.set(key, known);
    const id = idOf(desired);
    const content = { desired: hashOf(desired), live: live && liveHash(live, desired) };
    const before = known.get(id);
    if (before?.desired === content.desired && before.live === content.live) return before.verdict;
    const verdict = await this.ask(desired, live);
    if (verdict.action === 'failed') known.delete(id);
    else known.set(id, { ...content, verdict });
    return verdict;
  }

  /** Drops what is remembered of an instance that is gone (`namespace/name`). */
  public forget(key: string): void {
    this.judged.delete(key);
  }

  private async ask(desired: KubeObject, live: KubeObject | undefined): Promise<Verdict> {
    try {
      const after = await this.writer.preview(desired);
      if (live === undefined) return { action: 'created', fields: [] };
      const fields = changedFields(live, after);
      return { action: fields.length > 0 ? 'configured' : 'unchanged', fields };
    } catch (error) {
      if (isDryRunUnsupported(error) || (live === undefined && isAheadOfOthers(error)))
        return { action: 'unknown', message: error.message };
      return { action: 'failed', failure: failureOf(error) };
    }
  }
}

/** `admission webhook "x" does not support dry run`, a bad request: the webhook has effects of its own, and nothing is said about the object. */
function isDryRunUnsupported(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 400 && error.message.includes('does not support dry run');
}

/**
 * Something is not found, and it is neither the kind nor the namespace: the object refers to another new one. To whoever may not grant all
 * rights the server says so of a RoleBinding whose Role was in a dry run itself.
 */
function isAheadOfOthers(error: unknown): error is ApiError {
  return isNotFound(error) && error.details.kind !== 'namespaces' && !isNoMatch(error);
}
