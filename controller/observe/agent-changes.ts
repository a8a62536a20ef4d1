import type { OpenClawInstanceSpec, Override, SelfConfigEnvVar } from '../../constructs';
import { tooDeepPath } from '../../constructs/spec/depth';
import { type JsonObject, isObject } from '../../constructs/spec/json';

/** What an agent may ask to have changed. */
export const ACTIONS = ['skills', 'config', 'workspaceFiles', 'envVars'] as const;

export type Action = (typeof ACTIONS)[number];

/** What an agent has asked for so far and been given: its own items, and nothing that a person wrote. */
export interface AgentChanges {
  readonly skills: readonly string[];
  readonly env: readonly SelfConfigEnvVar[];
  /** Paths in the workspace and contents. */
  readonly files: Readonly<Record<string, string>>;
  /** Laid over `spec.config.raw`. */
  readonly config: JsonObject;
}

export const NO_CHANGES: AgentChanges = { skills: [], env: [], files: {}, config: {} };

/** The key of the ConfigMap that holds them where the spec is an engine's. */
export const CHANGES_KEY = 'changes.json';

export function isEmpty({ skills, env, files, config }: AgentChanges): boolean {
  return skills.length + env.length + Object.keys(files).length + Object.keys(config).length === 0;
}

/** Reads them from where they were kept. Whatever has another form is passed over: anybody with rights to ConfigMaps may have written it. */
export function changesIn(kept: unknown): AgentChanges {
  const { skills, env, files, config } = isObject(kept) ? kept : {};
  return {
    skills: listOf(skills).filter((skill) => typeof skill === 'string'),
    env: listOf(env).filter(isVariable),
    files: Object.fromEntries(
      Object.entries(isObject(files) ? files : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    config: isObject(config) ? config : {},
  };
}

/** The same from a text. */
export function readChanges(text: string | undefined): AgentChanges {
  if (text === undefined) return NO_CHANGES;
  try {
    const kept: unknown = JSON.parse(text);
    return tooDeepPath(kept) === undefined ? changesIn(kept) : NO_CHANGES;
  } catch {
    return NO_CHANGES;
  }
}

/** Each item once; where both have one, the later has it. */
export function joined(earlier: AgentChanges, later: AgentChanges): AgentChanges {
  return {
    skills: [...new Set([...earlier.skills, ...later.skills])],
    env: [...earlier.env.filter(({ name }) => !later.env.some((one) => one.name === name)), ...later.env],
    files: { ...earlier.files, ...later.files },
    config: mergedOver(earlier.config, later.config),
  };
}

/** Those of the kinds that an instance lets its agent ask for. */
export function permitted(changes: AgentChanges, spec: OpenClawInstanceSpec | undefined): AgentChanges {
  const { enabled, allowedActions } = spec?.selfConfigure ?? {};
  const mayAsk = (action: Action): boolean => enabled === true && listOf(allowedActions).includes(action);
  return {
    skills: mayAsk('skills') ? changes.skills : [],
    env: mayAsk('envVars') ? changes.env : [],
    files: mayAsk('workspaceFiles') ? changes.files : {},
    // The text of a ConfigMap stands in the place of the whole.
    config: mayAsk('config') && spec?.config?.configMapRef === undefined ? changes.config : {},
  };
}

/** A spec with the changes in it; what they do not touch is shared. */
export function laidOver(spec: OpenClawInstanceSpec, changes: AgentChanges): OpenClawInstanceSpec {
  const laid: OpenClawInstanceSpec = { ...spec };
  if (changes.skills.length > 0) laid.skills = [...new Set([...(listOf(spec.skills) as readonly string[]), ...changes.skills])];
  if (changes.env.length > 0) laid.env = withVariables(listOf(spec.env) as readonly Variable[], changes.env);
  if (Object.keys(changes.files).length > 0) {
    laid.workspace = { ...spec.workspace, initialFiles: { ...spec.workspace?.initialFiles, ...changes.files } };
  }
  if (Object.keys(changes.config).length > 0) {
    const { raw } = spec.config ?? {};
    laid.config = { ...spec.config, raw: mergedOver(isObject(raw) ? raw : {}, changes.config) };
  }
  return laid;
}

const WHY = 'asked for by the agent';

/** The same as overrides: whole fields, so that whoever renders the spec with them gets the same bytes. */
export function overridesOf(spec: OpenClawInstanceSpec, changes: AgentChanges): Override[] {
  const { skills, env, workspace, config } = laidOver(spec, changes);
  const fields: [string, unknown, boolean][] = [
    ['spec.skills', skills, changes.skills.length > 0],
    ['spec.env', env, changes.env.length > 0],
    ['spec.workspace.initialFiles', workspace?.initialFiles, Object.keys(changes.files).length > 0],
    ['spec.config.raw', config?.raw, Object.keys(changes.config).length > 0],
  ];
  return fields.flatMap(([field, value, isChanged]) => (isChanged ? [{ field, value, reason: WHY }] : []));
}

type Variables = NonNullable<OpenClawInstanceSpec['env']>;
type Variable = Variables[number];

/** In the place of a variable of that name. One that comes from a Secret or a field of the pod stays: it is no plain text to be changed. */
function withVariables(written: readonly Variable[], own: AgentChanges['env']): Variables {
  const [names, values] = [new Set(written.map(({ name }) => name)), new Map(own.map((variable) => [variable.name, variable]))];
  const replaced = written.map((variable) => {
    const mine = values.get(variable.name);
    return mine === undefined || variable.valueFrom !== undefined ? variable : { name: mine.name, value: mine.value };
  });
  return [...replaced, ...own.filter(({ name }) => !names.has(name)).map(({ name, value }) => ({ name, value }))];
}

/** Objects meet, anything else replaces; null is a value. By entries, since a key may be called `__proto__`. */
export function mergedOver(base: JsonObject, top: JsonObject): JsonObject {
  const result = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(top)) {
    const present = result.get(key);
    result.set(key, isObject(present) && isObject(value) ? mergedOver(present, value) : value);
  }
  return Object.fromEntries(result);
}

/** The list that it should be; what else was stored before a rule came is none. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isVariable(value: unknown): value is SelfConfigEnvVar {
  return isObject(value) && typeof value['name'] === 'string' && typeof value['value'] === 'string';
}
