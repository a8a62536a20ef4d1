import type { OpenClawInstanceSpec } from '../../../imports/types';
import type { Hosts } from '../../hosts/hosts';
import type { Check } from '../../part';
import type { Facts } from '../../spec/facts';
import type { Instance, WrittenInstance } from '../../spec/instance';
import { objectNames } from '../../wire/names';
import { warning } from '../../spec/issue';
import { type JsonObject, compareText, isObject } from '../../spec/json';
import type { Need } from '../../spec/need';
import { fileKey } from '../../hosts/workspace';
import { type NamedSkill, namedSkills } from '../../spec/skill-lists';
import {
  LOCKED_PACKS,
  PACK,
  PACKS_KEY,
  type SkillPack,
  type SkillPackFact,
  lockedPack,
  packReference,
  packsText,
} from '../../spec/skill-pack';

type PackSpec = Pick<OpenClawInstanceSpec, 'skills' | 'workspace'>;

function packsOf(spec: PackSpec): NamedSkill[] {
  return namedSkills(spec).filter(({ skill }) => packReference(skill) !== undefined);
}

export function hasPacks(spec: PackSpec): boolean {
  return packsOf(spec).length > 0;
}

/** What has to be known of packs. */
export function* needs({ metadata, spec }: WrittenInstance): Iterable<Need> {
  if (!isObject(spec)) return;
  const names = new Set(packsOf(spec).map(({ skill }) => skill));
  if (names.size > 0) yield { kind: 'configMap', name: LOCKED_PACKS };
  for (const name of names) yield { kind: 'skillPack', name, configMap: objectNames.workspace(metadata.name) };
}

/** What is locked comes first: it is the same at every hour. */
function factOf(name: string, facts: Facts): SkillPackFact {
  return lockedPack(name, facts) ?? facts.skillPacks?.get(name) ?? { problem: 'nobody has looked it up' };
}

function found(name: string, facts: Facts): SkillPack | undefined {
  const fact = factOf(name, facts);
  return 'problem' in fact ? undefined : fact;
}

/** Sorted by reference; the last of several that bring a file is the one whose file it is, so they are taken from the end. */
function resolved(
  spec: PackSpec,
  facts: Facts,
): { readonly name: string; readonly pack: SkillPack; readonly workspace: string | undefined }[] {
  return packsOf(spec)
    .toSorted((a, b) => compareText(b.skill, a.skill))
    .flatMap(({ skill: name, workspace }) => {
      const pack = found(name, facts);
      return pack ? [{ name, pack, workspace }] : [];
    });
}

/** Entries that the user has are the user's as a whole. */
function newEntries(packs: readonly SkillPack[], config: JsonObject): JsonObject {
  const skills = config['skills'];
  const theirs = isObject(skills) && isObject(skills['entries']) ? skills['entries'] : {};
  const entries: JsonObject = {};
  for (const { config: given } of packs) {
    for (const [name, entry] of Object.entries(given))
      if (!Object.hasOwn(theirs, name) && !Object.hasOwn(entries, name)) entries[name] = entry;
  }
  return entries;
}

/** Files for the workspaces, and entries for openclaw.json. */
export function bindPacks({ workspace: host, config }: Hosts, instance: Instance): void {
  const { spec, facts } = instance;
  const policy = spec.skillPackUpdatePolicy === 'CreateOnly' ? 'create' : 'replace';
  const packs = resolved(spec, facts);
  for (const { pack, workspace } of packs) {
    for (const path of pack.directories) host.addFolder(path, workspace);
    for (const [path, file] of Object.entries(pack.files)) host.addFile({ path, ...file, policy }, workspace);
  }
  // By path and workspace alone: of two packs that bring one file, the one whose file it is has it kept.
  const own = new Map(packs.map(({ name, pack }) => [name, pack]));
  const folders = new Map(packs.map(({ name, workspace }) => [name, workspace]));
  if (own.size > 0)
    host.note(
      PACKS_KEY,
      packsText(own, (path, name) => fileKey(folders.get(name), path)),
    );
  const entries = newEntries(
    packs.map(({ pack }) => pack),
    instance.config,
  );
  if (Object.keys(entries).length > 0) config.patch({ skills: { entries } });
}

/** A pack that cannot be had keeps no instance from starting. */
export const unresolvedPacks: Check = function* ({ spec, facts }) {
  for (const { skill: name, path } of packsOf(spec)) {
    const fact = factOf(name, facts);
    if (!('problem' in fact)) continue;
    yield warning(
      path,
      'skill-packs/unresolved',
      `${name.slice(PACK.length)} is left out: ${fact.problem}; \`openclaw-cdk8s packs\` reads packs once and for all`,
    );
  }
};
