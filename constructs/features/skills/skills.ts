import type { Construct } from 'constructs';
import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { type InstallEntry, addInstallation } from '../../core/installer/installer';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { error } from '../../spec/issue';
import { containers, paths, volumes } from '../../wire/names';
import { workspaceFolder } from '../../hosts/workspace';
import { type NamedSkill, namedSkills } from '../../spec/skill-lists';
import { PACK } from '../../spec/skill-pack';
import { bindPacks, hasPacks, needs, unresolvedPacks } from './packs';

type SkillSpec = Pick<ResolvedOpenClawInstanceSpec, 'skills' | 'workspace'>;

function entryOf(skill: string, folder: string): InstallEntry {
  return skill.startsWith('npm:') ? { kind: 'npm', name: skill.slice('npm:'.length), folder } : { kind: 'clawhub', name: skill, folder };
}

/** Skills that the pod installs; those of packs are files of the workspace. */
function installed(spec: SkillSpec): NamedSkill[] {
  return namedSkills(spec).filter(({ skill }) => !skill.startsWith(PACK));
}

/** Sorted in each workspace, the main one first. */
function entriesOf(spec: SkillSpec): InstallEntry[] {
  const all = installed(spec);
  const folders = [...new Set(all.map(({ workspace }) => workspaceFolder(workspace)))];
  return folders.flatMap((folder) =>
    all
      .filter(({ workspace }) => workspaceFolder(workspace) === folder)
      .map(({ skill }) => skill)
      .toSorted()
      .map((skill) => entryOf(skill, folder)),
  );
}

/** Early releases look one folder deep, and a skill of an owner lies one deeper: its owner's folder is named to them. */
function ownersFolders(spec: SkillSpec): string[] {
  const folders = entriesOf(spec)
    .filter(({ kind, name }) => kind === 'clawhub' && name.includes('/'))
    .map(({ name, folder }) => `${paths.state}/${folder}/skills/@${name.replace(/^@/, '').split('/')[0]}`);
  return [...new Set(folders)];
}

function install(hosts: Hosts, instance: Instance, entries: readonly InstallEntry[]): void {
  addInstallation(hosts, instance, { owner: 'skills', container: containers.initSkills, tmp: volumes.skillsTmp, entries });
  const owners = ownersFolders(instance.spec);
  if (instance.dialect === 'before-2026.8' && owners.length > 0) hosts.config.append(['skills', 'load', 'extraDirs'], owners, 'join');
}

function bind(hosts: Hosts, instance: Instance): void {
  if (hasPacks(instance.spec)) bindPacks(hosts, instance);
  const entries = entriesOf(instance.spec);
  if (entries.length > 0) install(hosts, instance, entries);
}

const CLAWHUB_NAME = /^@?[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)?(@[\w.-]+)?$/;
const NPM_NAME = /^(@[a-z0-9_][\w.-]*\/)?[a-z0-9_][\w.-]*(@[\w.-]+)?$/;

/** What is wrong with a name; `undefined`: nothing. */
function mistake(skill: string): string | undefined {
  if (!skill.startsWith('npm:')) {
    return CLAWHUB_NAME.test(skill) ? undefined : 'is no skill of ClawHub: write @owner/slug or slug, with @version behind it if need be';
  }
  if (NPM_NAME.test(skill.slice('npm:'.length))) return undefined;
  return 'is no package of npm: write npm:package or npm:@scope/package, with @version behind it if need be';
}

/** ClawHub knows a slug, with an owner or without; npm knows a package, with a scope or without. */
const names: Check = function* ({ spec }) {
  for (const { skill, path } of installed(spec)) {
    const message = mistake(skill);
    if (message !== undefined) yield error(path, 'skills/name', message);
  }
};

export const skills: Part = {
  name: 'skills',
  claims: ['skills', 'skillPackUpdatePolicy'],
  needs,
  isEnabled: (spec) => namedSkills(spec).length > 0,
  bind,
  checks: [names, unresolvedPacks],
};

/** Skills of ClawHub, of npm and of packs, there before the agent starts. */
export class Skills extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, skills, props);
  }
}
