import { isObject } from './json';

/** A skill that a spec names, the field that names it, and the workspace that it is for. */
export interface NamedSkill {
  readonly skill: string;
  readonly path: string;
  /** `undefined` for the main workspace. */
  readonly workspace: string | undefined;
}

/** Fields of a spec, of any shape: packs are asked for before the document is checked. */
interface SkillFields {
  readonly skills?: unknown;
  readonly workspace?: unknown;
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function named(list: unknown, path: string, workspace: string | undefined): NamedSkill[] {
  return listed(list).flatMap((skill, index) => (typeof skill === 'string' ? [{ skill, path: `${path}[${index}]`, workspace }] : []));
}

/** Every skill of an instance, those of the main workspace first. */
export function namedSkills({ skills, workspace }: SkillFields): NamedSkill[] {
  const further = isObject(workspace) ? listed(workspace['additionalWorkspaces']) : [];
  return [
    ...named(skills, 'spec.skills', undefined),
    ...further.flatMap((one, index) =>
      isObject(one) && typeof one['name'] === 'string'
        ? named(one['skills'], ['spec', 'workspace', `additionalWorkspaces[${index}]`, 'skills'].join('.'), one['name'])
        : [],
    ),
  ];
}
