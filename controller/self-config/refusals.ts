import { type OpenClawSelfConfigSpec, type WrittenInstance, admitSelfConfig, isError } from '../../constructs';
import { secretTexts } from '../../constructs/resolve/secrets/secret-text';
import type { Issue } from '../../constructs/spec/issue';
import type { Action } from '../observe/agent-changes';
import { type LiveRequest, actionsOf } from './request';

/** Why a request comes to nothing: the agent may not ask for it, or it cannot be done. */
export interface Refusal {
  readonly phase: 'Denied' | 'Failed';
  readonly message: string;
}

function denied(message: string): Refusal {
  return { phase: 'Denied', message };
}

export function failed(message: string): Refusal {
  return { phase: 'Failed', message };
}

/** Where a finding about the change stands in the request. */
const PLACES: readonly (readonly [inInstance: string, inRequest: string])[] = [
  ['spec.config.raw', 'spec.configPatch'],
  ['spec.workspace.initialFiles', 'spec.addWorkspaceFiles'],
  ['spec.env', 'spec.addEnvVars'],
  ['spec.skills', 'spec.addSkills'],
];

/** What looks like a secret in what a request brings in. It would stand in the spec, in a ConfigMap, in Git: nobody could take it back. */
export function secretsIn({ configPatch, addWorkspaceFiles, addEnvVars, addSkills }: OpenClawSelfConfigSpec): Issue[] {
  // In the form of an instance, so that what its fields mean counts.
  const brought = { config: { raw: configPatch }, workspace: { initialFiles: addWorkspaceFiles }, env: addEnvVars, skills: addSkills };
  return secretTexts({ spec: brought }).map((issue) => {
    const [from = '', to = ''] = PLACES.find(([place]) => issue.path.startsWith(place)) ?? [];
    return { ...issue, path: `${to}${issue.path.slice(from.length)}` };
  });
}

export function textOf({ path, message }: Issue): string {
  return `${path}: ${message}`;
}

/** The rules of the CRD, asked again for what was stored before they came. Until they are kept nothing else can be asked of a request. */
export function malformed(request: LiveRequest): Refusal | undefined {
  const issues = admitSelfConfig(request).filter(isError);
  return issues.length > 0 ? failed(issues.map(textOf).join('; ')) : undefined;
}

/** What nobody may ask for, whatever the instance is like. */
export function ownMistakes(request: Pick<LiveRequest, 'spec'>): Refusal | undefined {
  if (actionsOf(request.spec).length === 0) return failed('the request asks for nothing');
  const secrets = secretsIn(request.spec);
  return secrets.length > 0 ? failed(secrets.map(textOf).join('; ')) : undefined;
}

/** The kinds of change that the instance does not let its agent ask for. */
export function actionsDenied(spec: OpenClawSelfConfigSpec, { spec: instance }: Pick<WrittenInstance, 'spec'>): Action[] {
  const allowed = instance?.selfConfigure?.allowedActions ?? [];
  return actionsOf(spec).filter((action) => !allowed.includes(action));
}

/** What the instance says to a request: whether it may ask at all, and for this. */
export function policyRefusal({ spec }: Pick<LiveRequest, 'spec'>, instance: WrittenInstance): Refusal | undefined {
  const { name } = instance.metadata;
  if (instance.spec?.selfConfigure?.enabled !== true) return denied(`spec.selfConfigure.enabled of OpenClawInstance ${name} is not true`);
  const missing = actionsDenied(spec, instance);
  if (missing.length > 0) {
    return denied(`spec.selfConfigure.allowedActions of OpenClawInstance ${name} does not list ${missing.join(', ')}`);
  }
  const { configMapRef } = instance.spec.config ?? {};
  if (configMapRef !== undefined && actionsOf(spec).includes('config')) {
    return failed(`spec.configPatch: the configuration comes from ConfigMap ${configMapRef.name}, which is a person's to change`);
  }
  return undefined;
}
