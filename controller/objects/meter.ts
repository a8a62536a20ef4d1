import type { InstanceKey } from './objects';

/** What a pass came to, for whoever counts. */
export interface PassMeasure {
  readonly key: InstanceKey;
  readonly ok: boolean;
  readonly seconds: number;
  /** Kinds of the objects that could not be written, one entry an object. */
  readonly failedKinds: readonly string[];
}

/** What came of a delivery of a forge or an engine. */
export type HookResult = 'accepted' | 'forged' | 'too large' | 'limited' | 'nobody leads';

/** What was answered to the API server about an object: `unjudged` where its tenant had used up its time. */
export type ReviewResult = 'allowed' | 'refused' | 'unjudged' | 'error';

/** What is kept between passes so that it need not be computed again. */
export type Memo = 'resolve' | 'render';

/** Told of what the controller does, where it does it. Nothing may depend on an answer: a meter never throws and never waits. */
export interface Meter {
  /** An answer of the API server. `code` is its HTTP status, or `<error>` where none came; `verb` is an HTTP method, or `WATCH`. */
  answered(verb: string, code: string, seconds: number): void;
  /** A key began to wait in the queue. */
  queued(): void;
  /** A key came out of the queue after this time. */
  taken(waitSeconds: number): void;
  /** A key waits for another try. */
  retried(): void;
  passed(measure: PassMeasure): void;
  /** @param seconds what it took to compute it. @default - it was kept */
  recalled(memo: Memo, seconds?: number): void;
  /** A commit with its push, or what was found to need none. */
  published(ok: boolean, instances: number, seconds: number): void;
  /** A forge or an engine said that something moved. */
  hooked(result: HookResult): void;
  /** An update of an instance went on: a look at its registry, the new tag, or the old one again. */
  updated(key: InstanceKey, what: 'checked' | 'check failed' | 'applied' | 'rolled back'): void;
  /** A request of an agent came to its end, which is its phase. */
  asked(key: InstanceKey, phase: string): void;
  /** The API server asked whether an object may be stored. */
  reviewed(result: ReviewResult): void;
}

/** What a queue tells. */
export type QueueMeter = Pick<Meter, 'queued' | 'taken' | 'retried'>;

const ignore = (): void => undefined;

/** For whoever measures nothing. */
export const noMeter: Meter = {
  answered: ignore,
  queued: ignore,
  taken: ignore,
  retried: ignore,
  passed: ignore,
  recalled: ignore,
  published: ignore,
  hooked: ignore,
  updated: ignore,
  asked: ignore,
  reviewed: ignore,
};
