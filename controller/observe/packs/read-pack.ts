import { isUtf8 } from 'node:buffer';
import { basename } from 'node:path';
import type { JsonObject } from '../../../constructs/spec/json';
import {
  type PackFile,
  type PackReference,
  PACK_LIMITS as LIMITS,
  type SkillPack,
  isPackPath,
  packMistake,
} from '../../../constructs/spec/skill-pack';
import { type GitHub, PackError } from './github';

const RAW = 'application/vnd.github.raw+json';
const JSON_TYPE = 'application/vnd.github+json';
const MANIFEST = 'skillpack.json';
const MAX_MANIFEST_BYTES = 64 * 1024;
const MAX_TREE_BYTES = 8 * 1024 * 1024;

/** The commit that a reference means now. */
export type Revision = { readonly sha: string; readonly etag: string | undefined } | 'unchanged';

/** @param etag of the last answer @throws {@link PackError} */
export async function readRevision(github: GitHub, { owner, repository, ref }: PackReference, etag?: string): Promise<Revision> {
  const steps = ['repos', owner, repository, 'commits', ref ?? 'HEAD'];
  const answer = await github.get(steps, { accept: 'application/vnd.github.sha', limit: 1000, etag });
  if (answer.status === 304) return 'unchanged';
  const sha = answer.bytes.toString();
  if (answer.status === 404 || answer.status === 422) {
    throw new PackError(`there is no repository ${owner}/${repository} that can be seen, or it has no ${ref ?? 'commit'}`);
  }
  if (answer.status !== 200 || !/^[0-9a-f]{40,64}$/.test(sha)) throw new PackError(`GitHub answers ${answer.status} and no commit`);
  return { sha, etag: answer.etag };
}

/** Reads a pack at a commit: by its manifest, or, where a folder has none, the folder as one skill. @throws {@link PackError} */
export async function readPack(github: GitHub, reference: PackReference, revision: string): Promise<SkillPack> {
  const text = await file(github, reference, `${reference.path}/${MANIFEST}`, revision, MAX_MANIFEST_BYTES);
  const { files, directories, config } = text === undefined ? await folderManifest(github, reference, revision) : manifestOf(text);
  const contents: Record<string, PackFile> = {};
  let size = 0;
  for (const [path, source] of Object.entries(files)) {
    const bytes = await file(github, reference, `${reference.path}/${source}`, revision, LIMITS.fileBytes);
    if (bytes === undefined) throw new PackError(`its file ${source} is not in the repository`);
    size += bytes.length;
    if (size > LIMITS.bytes) throw new PackError(`its files take more than ${LIMITS.bytes} bytes together`);
    contents[path] = isUtf8(bytes) && !bytes.includes(0) ? { text: bytes.toString() } : { base64: bytes.toString('base64') };
  }
  return { revision, files: contents, directories, config };
}

/** The bytes of a file; `undefined`: there is none. */
async function file(github: GitHub, reference: PackReference, path: string, revision: string, limit: number): Promise<Buffer | undefined> {
  const steps = ['repos', reference.owner, reference.repository, 'contents', ...path.split('/')];
  const { status, bytes } = await github.get(steps, { query: { ref: revision }, accept: RAW, limit });
  if (status === 404) return undefined;
  if (status !== 200) throw new PackError(`GitHub answers ${status} for ${path}`);
  return bytes;
}

interface Manifest {
  /** Where a file goes, and where it is in the pack. */
  readonly files: Readonly<Record<string, string>>;
  readonly directories: readonly string[];
  readonly config: Readonly<Record<string, JsonObject>>;
}

function manifestOf(bytes: Buffer): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new PackError(`${MANIFEST} is no JSON`, { cause });
  }
  const mistake = packMistake(value);
  if (mistake !== undefined) throw new PackError(`${MANIFEST}: ${mistake}`);
  const { files = {}, directories = [], config = {} } = value as Partial<Manifest>;
  const source = Object.values(files).find((path) => !isPackPath(path));
  if (source !== undefined)
    throw new PackError(`${MANIFEST}: it names the file ${JSON.stringify(source).slice(0, 80)}, which is not taken`);
  return { files, directories, config };
}

/** A folder with a SKILL.md and no manifest is one skill, all of whose files belong to it. */
async function folderManifest(github: GitHub, reference: PackReference, revision: string): Promise<Manifest> {
  const { owner, repository, path } = reference;
  const steps = ['repos', owner, repository, 'git', 'trees', revision];
  const { status, bytes } = await github.get(steps, { query: { recursive: '1' }, accept: JSON_TYPE, limit: MAX_TREE_BYTES });
  if (status !== 200) throw new PackError(`GitHub answers ${status} for the files of the repository`);
  const { tree = [], truncated } = JSON.parse(bytes.toString()) as { tree?: { path: string; type: string }[]; truncated?: boolean };
  if (truncated === true) throw new PackError(`the repository has too many files to look for ${path}: add a ${MANIFEST}`);
  const inside = tree
    .filter((entry) => entry.type === 'blob' && entry.path.startsWith(`${path}/`))
    .map((entry) => entry.path.slice(path.length + 1));
  if (!inside.includes('SKILL.md')) throw new PackError(`${path} has neither ${MANIFEST} nor SKILL.md`);
  const taken = inside.filter((name) => !name.split('/').some((step) => step.startsWith('.')));
  const files = Object.fromEntries(taken.map((name) => [`skills/${basename(path)}/${name}`, name]));
  const mistake = packMistake({ files });
  if (mistake !== undefined) throw new PackError(mistake);
  return { files, directories: [], config: {} };
}
