import {
  type Facts,
  type OpenClawInstanceSpec,
  type Override,
  type Part,
  type WrittenInstance,
  isError,
  parts as registeredParts,
  resolve,
} from '../../constructs';
import type { Issue } from '../../constructs/spec/issue';
import type { LiveInstance } from '../objects/objects';
import { type AgentChanges, laidOver } from '../observe/agent-changes';
import { type Item, accumulate, itemText } from './accumulate';
import { type Refusal, failed, malformed, ownMistakes, policyRefusal, textOf } from './refusals';
import type { LiveRequest } from './request';

/** Where what agents ask for is held. */
export interface Road {
  /** In the spec of the instance, or in an object of ours beside it. */
  readonly kind: 'spec' | 'beside';
  /** The engine that has the spec. @default - none has */
  readonly engine?: string;
}

/** What is known of one request when it is its turn. Nothing of it is read later. */
export interface Asked {
  readonly request: LiveRequest;
  /** @default - there is none of that name */
  readonly instance?: LiveInstance | undefined;
  readonly road: Road;
  /** What the agent has been given so far. */
  readonly held: AgentChanges;
  /** Whether somebody else wrote an item of the spec. */
  readonly isOthers: (item: Item) => boolean;
  /** The request that was carried out last, by its UID. @default - none was */
  readonly last?: string | undefined;
  /** Since when the API server lets agents ask for their own instance only. @default - it does not */
  readonly guardedSince?: Date | undefined;
  /** When earlier requests for the instance were carried out, in milliseconds. */
  readonly appliedAt: readonly number[];
  /** What holds in place of the spec beside the changes. @default - nothing */
  readonly overrides?: readonly Override[] | undefined;
  /** What was looked up for the instance as it would become. */
  readonly facts: Facts;
  /** @default - all registered parts */
  readonly parts?: readonly Part[] | undefined;
}

export type Decision =
  | Refusal
  /** Not yet. */
  | { readonly phase: 'Pending'; readonly message: string; readonly afterMs: number }
  | {
      readonly phase: 'Applied';
      /** What the agent has from now on. @default - it has it already: only the answer is missing */
      readonly changes?: AgentChanges;
      readonly message: string;
      /** What somebody else wrote and was asked to be taken away. */
      readonly kept: readonly string[];
    };

/** An instance may come after the request, or be seen later. */
const GRACE_MS = 60_000;
const LOOK_AGAIN_MS = 5000;

/** How often an administrator's mending is looked for. */
const UNGUARDED_MS = 60_000;

/** Each change may restart the pod: so many within the time, and the next ones wait. */
export const MOST_APPLIED = 20;
export const WITHIN_MS = 10 * 60_000;

/** Of all that an agent was given, as JSON. An object of the API holds a little over a megabyte, and the instance needs room too. */
export const MOST_BYTES = 256 * 1024;

/** What an instance would be after a request, and whatever its agent has then. The request may be one that is refused. */
export function askedFor({ request, instance, road, held, isOthers }: Omit<Asked, 'facts'>): {
  readonly result: WrittenInstance | undefined;
  readonly changes: AgentChanges;
  readonly kept: readonly Item[];
} {
  const { changes, kept } = accumulate(held, request.spec, isOthers);
  if (instance === undefined) return { result: undefined, changes, kept };
  const { spec = {} } = instance;
  // What an agent was given stands in the spec, on that road: it goes first, and comes again as far as it is still wanted.
  const base = road.kind === 'spec' ? without(spec, held, changes) : spec;
  return { result: { ...instance, spec: laidOver(base, changes) }, changes, kept };
}

/** A spec without the items that the agent has and is to have no more. What it changed in the configuration stays: a merge takes nothing away. */
function without(spec: OpenClawInstanceSpec, held: AgentChanges, next: AgentChanges): OpenClawInstanceSpec {
  const skills = held.skills.filter((skill) => !next.skills.includes(skill));
  const env = held.env.filter(({ name }) => !next.env.some((one) => one.name === name)).map(({ name }) => name);
  const files = Object.keys(held.files).filter((path) => !Object.hasOwn(next.files, path));
  const left: OpenClawInstanceSpec = { ...spec };
  if (skills.length > 0) left.skills = (spec.skills ?? []).filter((skill) => !skills.includes(skill));
  if (env.length > 0) left.env = (spec.env ?? []).filter(({ name }) => !env.includes(name));
  if (files.length > 0) {
    const rest = Object.entries(spec.workspace?.initialFiles ?? {}).filter(([path]) => !files.includes(path));
    left.workspace = { ...spec.workspace, initialFiles: Object.fromEntries(rest) };
  }
  return left;
}

/**
 * What becomes of one request. Pure: the same knowledge gives the same answer, and a request that was carried out before its answer could be
 * written gets that answer and is not carried out again.
 */
export function decideRequest(asked: Asked, now: Date): Decision {
  const { request, instance, last } = asked;
  if (instance === undefined) return withoutInstance(request, now);
  if (last === request.metadata.uid) return { phase: 'Applied', message: 'carried out', kept: [] };
  if (instance.metadata.deletionTimestamp !== undefined) return failed(`OpenClawInstance ${instance.metadata.name} is being deleted`);
  return (
    malformed(request) ??
    policyRefusal(request, instance) ??
    ownMistakes(request) ??
    fromSecret(request, instance) ??
    unguarded(asked) ??
    tooMany(asked, now) ??
    carriedOut(asked, instance)
  );
}

function withoutInstance({ metadata, spec }: LiveRequest, now: Date): Decision {
  const message = `there is no OpenClawInstance ${spec.instanceRef} in namespace ${metadata.namespace}`;
  const age = now.getTime() - (Date.parse(metadata.creationTimestamp ?? '') || 0);
  return age < GRACE_MS ? { phase: 'Pending', message, afterMs: LOOK_AGAIN_MS } : failed(message);
}

/** Who made a request is known at admission alone. What was let in while nobody asked may be anybody's. */
function unguarded({ request, guardedSince }: Asked): Decision | undefined {
  if (guardedSince === undefined) {
    const message =
      'the admission policy openclaw-self-configure is not installed, so that anybody may have made this request: apply what openclaw-cdk8s controller --print-rbac prints';
    return { phase: 'Pending', message, afterMs: UNGUARDED_MS };
  }
  const made = Date.parse(request.metadata.creationTimestamp ?? '') || 0;
  if (made >= guardedSince.getTime()) return undefined;
  return { phase: 'Denied', message: 'it was made before the admission policy openclaw-self-configure was installed: ask again' };
}

/** A variable that a person takes from a Secret, or from a field of the pod, is not for plain text. */
function fromSecret({ spec: { addEnvVars = [] } }: LiveRequest, { spec: { env = [] } = {} }: LiveInstance): Refusal | undefined {
  const taken = addEnvVars.flatMap(({ name }) => env.filter((one) => one.name === name && one.valueFrom !== undefined));
  if (taken.length === 0) return undefined;
  return failed(
    `spec.addEnvVars: ${taken.map(({ name }) => name).join(', ')} has valueFrom in the instance, which is a person's to change`,
  );
}

function tooMany({ appliedAt }: Asked, now: Date): Decision | undefined {
  // A clock that was set back leaves times to come: they are no reason to wait for them.
  const recent = appliedAt.filter((at) => Math.abs(now.getTime() - at) < WITHIN_MS).toSorted((one, other) => one - other);
  const freeing = recent.at(-MOST_APPLIED);
  if (freeing === undefined) return undefined;
  const message = `waits its turn: ${MOST_APPLIED} requests were carried out within ${WITHIN_MS / 60_000} minutes`;
  return { phase: 'Pending', message, afterMs: freeing + WITHIN_MS - now.getTime() };
}

function carriedOut(asked: Asked, instance: LiveInstance): Decision {
  const { facts, parts = registeredParts, overrides = [], held, road } = asked;
  const { result = instance, changes, kept } = askedFor(asked);
  const bytes = Buffer.byteLength(JSON.stringify(changes));
  if (bytes > MOST_BYTES) {
    return failed(`all that was asked for takes ${bytes} bytes with it, and ${MOST_BYTES} is the most: remove something first`);
  }
  const current = road.kind === 'spec' ? instance : { ...instance, spec: laidOver(instance.spec ?? {}, held) };
  const options = { parts, overrides, previous: instance };
  const known = new Set(errorsOf(resolve(current, facts, options)).map(textOf));
  // What was wrong before is not the request's.
  const wrong = errorsOf(resolve(result, facts, options)).filter((issue) => !known.has(textOf(issue)));
  if (wrong.length > 0) return failed(`the instance would not be valid with it: ${wrong.map(textOf).join('; ')}`);
  const names = kept.map(itemText);
  const where = road.engine === undefined ? 'in the spec' : `beside the spec, which ${road.engine} has`;
  const rest = names.length === 0 ? '' : `; ${names.join(', ')} stays, for somebody else wrote it: a person has to remove it`;
  return { phase: 'Applied', changes, message: `carried out ${where}${rest}`, kept: names };
}

function errorsOf(resolution: ReturnType<typeof resolve>): readonly Issue[] {
  return resolution.ok ? [] : resolution.issues.filter(isError);
}
