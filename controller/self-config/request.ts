import type { OpenClawSelfConfigSpec, OpenClawSelfConfigStatus } from '../../constructs';
import { compareText, isObject } from '../../constructs/spec/json';
import type { KubeObject, LiveMetadata } from '../objects/objects';
import type { Action } from '../observe/agent-changes';

/** A request of an agent, as the server has it. */
export interface LiveRequest extends KubeObject {
  readonly metadata: LiveMetadata & { readonly namespace: string; readonly uid: string };
  readonly spec: OpenClawSelfConfigSpec;
  readonly status?: OpenClawSelfConfigStatus;
}

/** How long a request is kept after its end. */
export const KEPT_MS = 60 * 60_000;

const ENDS: ReadonlySet<string | undefined> = new Set(['Applied', 'Denied', 'Failed']);

/** Whether it has come to its end. None is looked at a second time. */
export function isDone({ status }: Pick<LiveRequest, 'status'>): boolean {
  return ENDS.has(status?.phase);
}

/** When it came to its end. One that does not say so did when it was made. */
export function endOf({ metadata, status }: Pick<LiveRequest, 'metadata' | 'status'>): number {
  return Date.parse(status?.completionTime ?? metadata.creationTimestamp ?? '') || 0;
}

/** In the order in which they were made. Times are whole seconds, and names of our helper program sort by time. */
export function byAge({ metadata: one }: LiveRequest, { metadata: other }: LiveRequest): number {
  return compareText(one.creationTimestamp ?? '', other.creationTimestamp ?? '') || compareText(one.name, other.name);
}

/** What a cache keeps of a request: whose it is and where it stands. What it asks for is read when it is its turn. */
export function whereItStands({ apiVersion, kind, metadata, spec, status }: LiveRequest): LiveRequest {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const { phase, completionTime } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
    spec: { instanceRef: String((spec as { instanceRef?: unknown } | undefined)?.instanceRef) },
    ...(phase !== undefined && { status: { phase, ...(completionTime !== undefined && { completionTime }) } }),
  };
}

/** By the instance that it is about: `team-a/alice`. */
export function byAskedInstance({ metadata, spec }: LiveRequest): readonly string[] {
  return [`${metadata.namespace}/${spec.instanceRef}`];
}

/** The kinds of change that a request asks for. */
export function actionsOf(spec: OpenClawSelfConfigSpec): Action[] {
  const { addSkills = [], removeSkills = [], configPatch, addEnvVars = [], removeEnvVars = [] } = spec;
  const { addWorkspaceFiles = {}, removeWorkspaceFiles = [] } = spec;
  const asked: [Action, boolean][] = [
    ['skills', addSkills.length + removeSkills.length > 0],
    ['config', isObject(configPatch)],
    ['workspaceFiles', Object.keys(addWorkspaceFiles).length + removeWorkspaceFiles.length > 0],
    ['envVars', addEnvVars.length + removeEnvVars.length > 0],
  ];
  return asked.flatMap(([action, isAsked]) => (isAsked ? [action] : []));
}
