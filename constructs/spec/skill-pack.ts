import type { ConfigMapFact, Facts } from './facts';
import { type JsonObject, isObject } from './json';

/** What a skill pack brings: files and folders of a workspace, and entries of `skills.entries`. */
export interface SkillPack {
  /** The commit that it was read at. */
  readonly revision: string;
  /** By path in the workspace. Text as it is; anything else in base64. */
  readonly files: Readonly<Record<string, PackFile>>;
  /** Folders of the workspace. */
  readonly directories: readonly string[];
  /** Entries for `skills.entries` of openclaw.json, by name. */
  readonly config: Readonly<Record<string, JsonObject>>;
}

export type PackFile = { readonly text: string } | { readonly base64: string };

/** What is known of a pack that was asked for: the pack, or why there is none. */
export type SkillPackFact = SkillPack | { readonly problem: string };

/** Where a pack is. */
export interface PackReference {
  readonly owner: string;
  readonly repository: string;
  /** The folder in the repository. */
  readonly path: string;
  /** Branch, tag or commit. @default - the default branch */
  readonly ref?: string;
}

export const PACK = 'pack:';

/** `pack:owner/repository/path@ref`, which the schema has looked at. `undefined`: it is no pack. */
export function packReference(skill: string): PackReference | undefined {
  if (!skill.startsWith(PACK)) return undefined;
  const text = skill.slice(PACK.length);
  const at = text.lastIndexOf('@');
  const [owner = '', repository = '', ...path] = (at > 0 ? text.slice(0, at) : text).split('/');
  if (owner === '' || repository === '' || path.length === 0 || path.includes('')) return undefined;
  return { owner, repository, path: path.join('/'), ...(at > 0 && { ref: text.slice(at + 1) }) };
}

/** Limits of a pack: what a workspace's ConfigMap holds, with room for the user's own files. */
export const PACK_LIMITS = {
  files: 100,
  fileBytes: 256 * 1024,
  bytes: 512 * 1024,
  pathLength: 253,
  depth: 8,
  directories: 50,
  entries: 50,
} as const;

/** The key of the workspace ConfigMap under which stands which packs are in it. */
export const PACKS_KEY = 'skill-packs.json';

/** What stands there of one pack: everything but the contents of files, which have keys of their own. */
interface KeptPack extends Omit<SkillPack, 'files'> {
  /** Keys of the ConfigMap, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The text that remembers packs. @param keyOf the key of a file in the ConfigMap, by path and pack */
export function packsText(packs: ReadonlyMap<string, SkillPack>, keyOf: (path: string, name: string) => string): string {
  const kept: Record<string, KeptPack> = {};
  for (const [name, pack] of packs) {
    kept[name] = { ...pack, files: Object.fromEntries(Object.keys(pack.files).map((path) => [path, keyOf(path, name)])) };
  }
  return `${JSON.stringify(kept, null, 2)}\n`;
}

/**
 * A pack as it was delivered last, from the ConfigMap of an instance: for whoever starts while nobody can be asked, so that a running instance does
 * not lose it. `undefined` where it is not whole: another pack has a file in its place.
 */
export function deliveredPack(name: string, { data, binaryData = {} }: ConfigMapFact): SkillPack | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(data[PACKS_KEY] ?? '');
  } catch {
    return undefined;
  }
  const pack = isObject(kept) && Object.hasOwn(kept, name) ? (kept[name] as KeptPack) : undefined;
  if (pack === undefined || !isObject(pack.files)) return undefined;
  const files: Record<string, PackFile> = {};
  for (const [path, key] of Object.entries(pack.files)) {
    const [text, base64] = [data[key], binaryData[key]];
    if (text !== undefined) files[path] = { text };
    else if (base64 !== undefined) files[path] = { base64 };
    else return undefined;
  }
  return { ...pack, files };
}

/** A ConfigMap in the namespace of an instance with packs as they were read once. What stands there is not asked for. */
export const LOCKED_PACKS = 'openclaw-skill-packs';

/** @throws nothing: a text that cannot be read locks nothing, and says so */
export function lockedPack(name: string, { configMaps }: Pick<Facts, 'configMaps'>): SkillPackFact | undefined {
  const text = configMaps?.get(LOCKED_PACKS)?.data[PACKS_KEY];
  if (text === undefined) return undefined;
  let locked: unknown;
  try {
    locked = JSON.parse(text);
  } catch {
    return { problem: `ConfigMap ${LOCKED_PACKS} holds no JSON under ${PACKS_KEY}` };
  }
  if (!isObject(locked) || !Object.hasOwn(locked, name)) return undefined;
  const mistake = packMistake(locked[name]);
  return mistake === undefined ? (locked[name] as SkillPack) : { problem: `ConfigMap ${LOCKED_PACKS}: ${mistake}` };
}

/** A relative path that stays inside, as in the spec of an instance. */
export function isPackPath(path: unknown): path is string {
  return (
    typeof path === 'string' &&
    path.length <= PACK_LIMITS.pathLength &&
    path.split('/').length <= PACK_LIMITS.depth &&
    path.split('/').every((step) => /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(step) && !step.includes('..'))
  );
}

/** What every release takes in an entry; anything else would stop the application. */
const ENTRY_FIELDS = ['enabled', 'apiKey', 'env', 'config'];

function entryMistake(name: string, entry: unknown): string | undefined {
  if (!/^@?[A-Za-z0-9][\w./-]{0,127}$/.test(name)) return `it names the skill ${shortened(name)}, which is not taken`;
  if (!isObject(entry)) return `its config of ${name} is no object`;
  const unknown = Object.keys(entry).find((field) => !ENTRY_FIELDS.includes(field));
  return unknown === undefined
    ? undefined
    : `its config of ${name} has a field ${shortened(unknown)}: OpenClaw knows ${ENTRY_FIELDS.join(', ')}`;
}

function shortened(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}

/** What is wrong with the parts that a manifest and a pack have in common; `undefined`: nothing. */
export function packMistake(value: unknown): string | undefined {
  if (!isObject(value)) return 'it is no object';
  const { files = {}, directories = [], config = {} } = value;
  if (!isObject(files) || !isObject(config) || !Array.isArray(directories)) {
    return 'it needs objects for files and config, and a list for directories';
  }
  const counts = { files: Object.keys(files).length, directories: directories.length, entries: Object.keys(config).length };
  for (const [what, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
    if (count > PACK_LIMITS[what]) return `it has ${count} ${what}, and ${PACK_LIMITS[what]} are taken at most`;
  }
  const bad = [...Object.keys(files), ...(directories as unknown[])].find((path) => !isPackPath(path));
  if (bad !== undefined) return `it names the path ${shortened(bad)}, which is not taken`;
  for (const [name, entry] of Object.entries(config)) {
    const mistake = entryMistake(name, entry);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}
