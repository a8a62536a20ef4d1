import type { Construct } from 'constructs';
import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { type InstallEntry, addInstallation } from '../../core/installer/installer';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { error } from '../../spec/issue';
import { containers, paths, volumes } from '../../wire/names';
import { workspaceFolder } from '../workspace/plan';

/** A list of skills, the field that holds it, and the workspace that it is for. */
interface SkillList {
  readonly path: string;
  readonly workspace: string | undefined;
  readonly skills: readonly string[];
}

type SkillSpec = Pick<ResolvedOpenClawInstanceSpec, 'skills' | 'workspace'>;

function listsOf({ skills: main = [], workspace }: SkillSpec): SkillList[] {
  const { additionalWorkspaces = [] } = workspace;
  const lists = [
    { path: 'spec.skills', workspace: undefined, skills: main },
    ...additionalWorkspaces.map(({ name, skills = [] }, index) => ({
      path: `spec.workspace.additionalWorkspaces[${index}].skills`,
      workspace: name,
      skills,
    })),
  ];
  return lists;
}

function entryOf(skill: string, folder: string): InstallEntry {
  return skill.startsWith('npm:') ? { kind: 'npm', name: skill.slice('npm:'.length), folder } : { kind: 'clawhub', name: skill, folder };
}

/** Those of packs are files, and another part's. */
const isInstalled = (skill: string): boolean => !skill.startsWith('pack:');

/** What the pod installs. Sorted in each workspace, the main one first. */
function entriesOf(spec: SkillSpec): InstallEntry[] {
  return listsOf(spec).flatMap(({ workspace, skills: wanted }) =>
    wanted
      .filter(isInstalled)
      .toSorted()
      .map((skill) => entryOf(skill, workspaceFolder(workspace))),
  );
}

/** Early releases look one folder deep, and a skill of an owner lies one deeper: its owner's folder is named to them. */
function ownersFolders(spec: SkillSpec): string[] {
  const folders = entriesOf(spec)
    .filter(({ kind, name }) => kind === 'clawhub' && name.includes('/'))
    .map(({ name, folder }) => `${paths.state}/${folder}/skills/@${name.replace(/^@/, '').split('/')[0]}`);
  return [...new Set(folders)];
}

function bind(hosts: Hosts, instance: Instance): void {
  addInstallation(hosts, instance, {
    owner: 'skills',
    container: containers.initSkills,
    tmp: volumes.skillsTmp,
    entries: entriesOf(instance.spec),
  });
  const owners = ownersFolders(instance.spec);
  if (instance.dialect === 'before-2026.8' && owners.length > 0) hosts.config.append(['skills', 'load', 'extraDirs'], owners, 'join');
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
  for (const { path, skills: wanted } of listsOf(spec)) {
    for (const [index, skill] of wanted.entries()) {
      const message = isInstalled(skill) ? mistake(skill) : undefined;
      if (message !== undefined) yield error(`${path}[${index}]`, 'skills/name', message);
    }
  }
};

export const skills: Part = {
  name: 'skills',
  claims: ['skills'],
  isEnabled: (spec) => entriesOf(spec).length > 0,
  bind,
  checks: [names],
};

/** Skills of ClawHub and npm, installed before the agent starts. */
export class Skills extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, skills, props);
  }
}
