import { type FactReader, type OpenClawSelfConfigStatus, type Part, needsOf, parts as registeredParts } from '../../constructs';
import type { Clock } from '../../gitops/git/clock';
import { ApiError, isConflict, isNotFound } from '../api/errors';
import type { ObjectReader } from '../api/object-store';
import type { ApiPort } from '../api/port';
import { get, mergePatch, patchStatus, remove } from '../api/requests';
import { instances, selfConfigs } from '../objects/kinds';
import type { Log } from '../objects/log';
import type { LiveInstance } from '../objects/objects';
import { NO_CHANGES } from '../observe/agent-changes';
import { timestamp } from '../status/condition';
import { EventBook } from '../status/event-book';
import { CONDITION_LIMIT, cut, withoutSecrets } from '../status/text';
import { type Asked, type Decision, askedFor, decideRequest } from './decide-request';
import { FIELD_MANAGER, ForeignMapError, type Held, hold, readHeld } from './held';
import type { PolicyReader } from './policy-reader';
import { failed, malformed } from './refusals';
import { KEPT_MS, type LiveRequest, byAge, endOf, isDone } from './request';
import { eventsOf } from './request-events';

/** So many of one instance may wait; whoever asks faster is told so. */
export const MOST_WAITING = 50;

/** The index of requests by the instance that they are about. */
export const ASKED = 'asked';

export interface RequestWorkerOptions {
  readonly api: ApiPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Where requests stand, with the index {@link ASKED}. */
  readonly requests: ObjectReader<LiveRequest>;
  readonly facts: FactReader;
  readonly policy: PolicyReader;
  /** @default - all registered parts */
  readonly parts?: readonly Part[] | undefined;
  /** A request came to its end. */
  readonly onEnd?: (request: LiveRequest, phase: Decision['phase']) => void;
}

/** When the next look is due. */
interface Look {
  readonly afterMs?: number;
}

/** Works on the requests of one instance, one after another in the order in which they were made, and takes old ones away. */
export class RequestWorker {
  private readonly book: EventBook;
  /** When this process carried requests out, by their UID: a cache may not know yet. */
  private readonly carriedOut = new Map<string, { readonly key: string; readonly at: number }>();

  public constructor(private readonly options: RequestWorkerOptions) {
    this.book = new EventBook(options.api, options.clock);
  }

  /** @param key the instance that the requests are about: `namespace/name` */
  public async pass(key: string): Promise<Look> {
    const all = this.options.requests.by(ASKED, key).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const waits = [await this.sweep(all.filter(isDone))];
    const waiting = all.filter((request) => !isDone(request)).toSorted(byAge);
    for (const request of waiting.slice(MOST_WAITING)) {
      await this.end(
        request,
        undefined,
        failed(`more than ${MOST_WAITING} requests wait for ${request.spec.instanceRef}: ask again later`),
      );
    }
    for (const request of waiting.slice(0, MOST_WAITING)) {
      const decision = await this.work(request);
      // The next ones wait behind it: they were made later, and may build upon it.
      if (decision?.phase === 'Pending') {
        waits.push(decision.afterMs);
        break;
      }
      if (decision !== undefined) waits.push(KEPT_MS);
    }
    const due = waits.filter((wait) => wait !== undefined);
    return due.length > 0 ? { afterMs: Math.min(...due) } : {};
  }

  /** @returns when the next one is due */
  private async sweep(done: readonly LiveRequest[]): Promise<number | undefined> {
    const now = this.options.clock.now().getTime();
    for (const [uid, { at }] of this.carriedOut) if (now - at >= KEPT_MS) this.carriedOut.delete(uid);
    const [old, young] = [done.filter((one) => now - endOf(one) >= KEPT_MS), done.filter((one) => now - endOf(one) < KEPT_MS)];
    for (const { metadata } of old) {
      const { namespace, name, uid } = metadata;
      await remove(this.options.api, selfConfigs, namespace, name, { uid }).catch(unlessGone);
    }
    return young.length === 0 ? undefined : Math.min(...young.map((one) => endOf(one) + KEPT_MS - now));
  }

  /** @returns what was decided; `undefined` for one that is gone or done with, which a cache may not know yet */
  private async work({ metadata: { namespace, name, uid } }: LiveRequest): Promise<Decision | undefined> {
    const { api } = this.options;
    const request = (await get(api, selfConfigs, namespace, name)) as LiveRequest | undefined;
    if (request === undefined || request.metadata.uid !== uid || isDone(request)) return undefined;
    const instance = (await get(api, instances, namespace, request.spec.instanceRef)) as LiveInstance | undefined;
    await this.begin(request, instance);
    const { decision, held } = await this.decide(request, instance);
    if (decision.phase === 'Pending') {
      await this.say(request, { phase: 'Pending', message: decision.message });
      return decision;
    }
    const outcome = decision.phase === 'Applied' && decision.changes && held ? await this.carryOut(request, held, decision) : decision;
    await this.end(request, instance, outcome);
    return outcome;
  }

  /** Before anything else: that it was seen, and whose it is, so that it goes with the instance. */
  private async begin({ metadata, status }: LiveRequest, instance: LiveInstance | undefined): Promise<void> {
    const { api } = this.options;
    const { namespace, name, uid, ownerReferences = [] } = metadata;
    if (instance !== undefined && !ownerReferences.some((owner) => owner.uid === instance.metadata.uid)) {
      const { apiVersion, kind } = instance;
      const owner = { apiVersion, kind, name: instance.metadata.name, uid: instance.metadata.uid };
      const patch = { metadata: { uid, ownerReferences: [...ownerReferences, owner] } };
      await mergePatch(api, selfConfigs, namespace, name, patch, { fieldManager: FIELD_MANAGER }).catch(unlessGone);
    }
    if (status?.phase === undefined) await this.writeStatus(metadata, { phase: 'Pending' });
  }

  private async decide(request: LiveRequest, instance: LiveInstance | undefined): Promise<{ decision: Decision; held?: Held }> {
    const { api, clock, facts, policy, parts = registeredParts } = this.options;
    const wrong = malformed(request);
    if (wrong !== undefined) return { decision: wrong };
    try {
      const held = instance && (await readHeld(api, instance));
      const known: Omit<Asked, 'facts'> = {
        ...(held ?? { road: { kind: 'spec' }, held: NO_CHANGES, isOthers: () => false }),
        request,
        instance,
        guardedSince: await policy.guardedSince(),
        appliedAt: this.appliedAt(request),
        overrides: instance?.status?.overrides,
        parts,
      };
      const { result } = askedFor(known);
      const needs = result === undefined ? [] : needsOf(result, parts);
      const decision = decideRequest({ ...known, facts: await facts.read(request.metadata.namespace, needs) }, clock.now());
      return held === undefined ? { decision } : { decision, held };
    } catch (error) {
      if (!(error instanceof ForeignMapError)) throw error;
      return { decision: failed(error.message) };
    }
  }

  /** When others of the same instance were carried out. */
  private appliedAt({ metadata, spec }: LiveRequest): number[] {
    const key = `${metadata.namespace}/${spec.instanceRef}`;
    const seen = this.options.requests.by(ASKED, key).filter(({ status }) => status?.phase === 'Applied');
    const known = new Map(seen.map((one) => [one.metadata.uid, endOf(one)]));
    for (const [uid, { key: of, at }] of this.carriedOut) if (of === key) known.set(uid, at);
    return [...known.values()];
  }

  /** What the server refuses cannot be done. All else is tried again, from the beginning. */
  private async carryOut(request: LiveRequest, held: Held, decision: Extract<Decision, { phase: 'Applied' }>): Promise<Decision> {
    try {
      await hold(this.options.api, held, decision.changes ?? NO_CHANGES, request.metadata.uid);
      return decision;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return failed(`the API server refuses the change: ${error.message}`);
    }
  }

  private async end(request: LiveRequest, instance: LiveInstance | undefined, decision: Decision): Promise<void> {
    const { clock, log, onEnd } = this.options;
    const { phase } = decision;
    const message = sayable(decision.message);
    const isWritten = await this.writeStatus(request.metadata, { phase, message, completionTime: timestamp(clock.now()) });
    if (!isWritten) return;
    const { namespace, name } = request.metadata;
    log.info('a request of an agent', { request: `${namespace}/${name}`, instance: request.spec.instanceRef, phase, message });
    if (phase === 'Applied') {
      const key = `${namespace}/${request.spec.instanceRef}`;
      this.carriedOut.set(request.metadata.uid, { key, at: clock.now().getTime() });
    }
    onEnd?.(request, phase);
    for (const { subject, event } of eventsOf(request, instance, decision, message)) await this.book.write(subject, event);
  }

  private async say(request: LiveRequest, status: { readonly phase: 'Pending'; readonly message: string }): Promise<void> {
    const message = sayable(status.message);
    if (request.status?.message !== message) await this.writeStatus(request.metadata, { ...status, message });
  }

  /** @returns false where the request is gone */
  private async writeStatus({ namespace, name, uid }: LiveRequest['metadata'], status: OpenClawSelfConfigStatus): Promise<boolean> {
    try {
      const patch = { metadata: { uid }, status };
      await patchStatus(this.options.api, selfConfigs, namespace, name, patch, { fieldManager: FIELD_MANAGER });
      return true;
    } catch (error) {
      unlessGone(error);
      return false;
    }
  }
}

function sayable(message: string): string {
  return withoutSecrets(cut(message, CONDITION_LIMIT));
}

/** Gone meanwhile, or another of that name has come: there is nothing to do any more. */
function unlessGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error;
}

/** An answer to what was asked for, and not to us: a rule of the CRD, or an admission webhook. */
function isRefusal(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  if (error.status === 403) return !/cannot \w+ resource/.test(error.message);
  return [400, 413, 422].includes(error.status);
}
