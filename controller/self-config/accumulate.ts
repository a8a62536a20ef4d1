import type { OpenClawSelfConfigSpec } from '../../constructs';
import { type AgentChanges, joined } from '../observe/agent-changes';

/** An item of one of the lists that an agent may change. */
export interface Item {
  readonly list: 'skill' | 'variable' | 'file';
  readonly name: string;
}

export function itemText({ list, name }: Item): string {
  return `${list} ${name}`;
}

/** What the agent has after a request, and what it asked to have taken away that is not its own. */
export interface Accumulated {
  readonly changes: AgentChanges;
  /** Items that somebody else wrote. They stay. */
  readonly kept: readonly Item[];
}

/**
 * What an agent had, with one request more. Everything that it was given is stated again at each request, so that the next one takes nothing of the
 * last one away.
 *
 * @param isOthers whether somebody else wrote an item, alone or beside the agent
 */
export function accumulate(held: AgentChanges, spec: OpenClawSelfConfigSpec, isOthers: (item: Item) => boolean): Accumulated {
  const { addSkills = [], addEnvVars = [], addWorkspaceFiles = {}, configPatch = {} } = spec;
  const removed = itemsToRemove(spec);
  const kept = removed.filter(isOthers);
  const goes = (list: Item['list'], name: string): boolean =>
    removed.some((item) => item.list === list && item.name === name) && !kept.some((item) => item.list === list && item.name === name);
  const rest: AgentChanges = {
    skills: held.skills.filter((skill) => !goes('skill', skill)),
    env: held.env.filter(({ name }) => !goes('variable', name)),
    files: Object.fromEntries(Object.entries(held.files).filter(([path]) => !goes('file', path))),
    config: held.config,
  };
  // What is asked to go and to come: a skill goes, a variable and a file get the new content.
  const skills = addSkills.filter((skill) => !(spec.removeSkills ?? []).includes(skill));
  return { changes: joined(rest, { skills, env: addEnvVars, files: addWorkspaceFiles, config: configPatch }), kept };
}

function itemsToRemove(spec: OpenClawSelfConfigSpec): Item[] {
  const { removeSkills = [], removeEnvVars = [], removeWorkspaceFiles = [], addEnvVars = [], addWorkspaceFiles = {} } = spec;
  return [
    ...removeSkills.map((name): Item => ({ list: 'skill', name })),
    ...removeEnvVars.filter((name) => !addEnvVars.some((one) => one.name === name)).map((name): Item => ({ list: 'variable', name })),
    ...removeWorkspaceFiles.filter((name) => !Object.hasOwn(addWorkspaceFiles, name)).map((name): Item => ({ list: 'file', name })),
  ];
}
