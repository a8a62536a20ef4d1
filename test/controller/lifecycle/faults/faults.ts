import { ApiError, ConnectionError } from '../../../../controller/api/errors';
import { type ApiRequest, isReadOnly } from '../../../../controller/api/port';
import type { FakeApi } from '../../fake-api';
import type { CopyStory } from '../copy-story';
import type { Tale } from './tales';
import { Witness } from './witness';

const CUT = new ConnectionError('socket hang up', 'ECONNRESET');
const TIME_OUT = new ConnectionError('no answer within 30 s', 'ETIMEDOUT');
const UNAVAILABLE = new ApiError('the server is currently unable to handle the request', 503, 'ServiceUnavailable');

/** One thing that goes wrong at one request of a story. */
export interface Fault {
  readonly name: string;
  /** It strikes at each request, or at each write. */
  readonly at: 'request' | 'write';
  /** Only that one request fails, or all from there on until the story should be over. */
  readonly lasts: 'once' | 'a while';
  readonly error: Error;
  /** The request is carried out, and its answer is lost. */
  readonly isDone: boolean;
  /** The process ends there, and another one begins that knows nothing. */
  readonly kills: boolean;
}

export const faults: readonly Fault[] = [
  { name: 'killed before', at: 'write', lasts: 'a while', error: CUT, isDone: false, kills: true },
  { name: 'killed after', at: 'write', lasts: 'a while', error: CUT, isDone: true, kills: true },
  { name: 'server away', at: 'request', lasts: 'a while', error: UNAVAILABLE, isDone: false, kills: false },
  { name: 'cut before', at: 'request', lasts: 'once', error: CUT, isDone: false, kills: false },
  { name: 'cut after', at: 'write', lasts: 'once', error: CUT, isDone: true, kills: false },
  { name: 'time-outs', at: 'request', lasts: 'a while', error: TIME_OUT, isDone: false, kills: false },
];

/** What came of a story. */
export interface Outcome {
  readonly seen: Readonly<Record<string, unknown>>;
  readonly jobs: readonly string[];
  readonly findings: readonly string[];
  /** The fault never struck: the story has fewer requests. */
  readonly isOver: boolean;
}

async function pass(story: CopyStory, witness: Witness, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await story.turns(1);
    witness.note();
  }
}

/** Makes a fault strike at the so-manieth request from now on. @returns how many there have been */
export function strikeAt(api: FakeApi, { at, lasts, error, isDone }: Fault, index: number): () => number {
  let count = 0;
  const matches = (request: ApiRequest): boolean => {
    if (at === 'write' && isReadOnly(request)) return count >= index && lasts === 'a while';
    count += 1;
    return lasts === 'once' ? count === index : count >= index;
  };
  const isFirst = (request: ApiRequest): boolean => matches(request) && count === index;
  if (!isDone) api.fail(error, matches);
  else {
    // The first one is carried out; of those that follow nothing comes, for nobody sends them.
    api.fail(error, isFirst, true);
    if (lasts === 'a while') api.fail(error, () => count >= index);
  }
  return () => count;
}

/** Tells a story with a fault at its so-manieth request. */
export async function told(tale: Tale, fault: Fault, index: number): Promise<Outcome> {
  const story = await tale.begin();
  const witness = new Witness(story, tale.wantsCopy);
  const count = strikeAt(story.api, fault, index);
  await tale.act(story);
  await pass(story, witness, tale.turns);
  const isOver = count() < index;
  if (fault.kills && !isOver) await story.succeed();
  story.api.heal();
  if (fault.lasts === 'a while' && !fault.kills) story.api.watches.cut(fault.error);
  await pass(story, witness, tale.turns + 2);
  return outcomeOf(tale, story, witness, isOver);
}

/** What goes wrong outside of the controller for as long as the story takes, and is mended after. */
export interface Mishap {
  readonly name: string;
  strike(story: CopyStory): unknown;
  mend(story: CopyStory): unknown;
}

const SECRET = ['Secret', 's3-backup-credentials'] as const;
const OWN = 'openclaw-system';

export const mishaps: readonly Mishap[] = [
  {
    name: 'the Job fails',
    strike: (story) => (story.jobs = 'fails'),
    mend: (story) => (story.jobs = 'succeeds'),
  },
  {
    name: 'the Job hangs',
    strike: (story) => (story.jobs = 'hangs'),
    mend: (story) => (story.jobs = 'succeeds'),
  },
  {
    name: 'the Job hangs and is removed',
    strike: (story) => (story.jobs = 'hangs'),
    mend: async (story) => {
      for (const { metadata } of story.api.all('Job')) await story.api.remove('Job', metadata.name);
      story.jobs = 'succeeds';
    },
  },
  {
    name: 'the Secret lacks a key',
    strike: (story) => story.api.find(...SECRET, OWN) && story.api.edit(...SECRET, { data: { S3_BUCKET: null } }, 'kubectl', OWN),
    mend: (story) => story.api.find(...SECRET, OWN) && story.api.edit(...SECRET, { data: { S3_BUCKET: 'Y29waWVz' } }, 'kubectl', OWN),
  },
];

/** Tells a story that a mishap befalls after so many turns. */
export async function befallen(tale: Tale, mishap: Mishap, after: number): Promise<Outcome> {
  const story = await tale.begin();
  const witness = new Witness(story, tale.wantsCopy);
  if (after === 0) mishap.strike(story);
  await tale.act(story);
  await pass(story, witness, after);
  if (after > 0) mishap.strike(story);
  await pass(story, witness, tale.turns);
  await mishap.mend(story);
  if (!story.isGone) tale.later?.(story);
  await pass(story, witness, tale.turns + 2);
  return outcomeOf(tale, story, witness, false);
}

function outcomeOf(tale: Tale, story: CopyStory, witness: Witness, isOver: boolean): Outcome {
  return { seen: tale.seen(story), jobs: witness.ran, findings: [...witness.findings], isOver };
}
