import type { Check } from '../../part';
import { normalizedPath } from '../../hosts/mount-path';
import { type WorkspaceContent, fileKey } from '../../hosts/workspace';
import { type Issue, error } from '../../spec/issue';
import { ENVIRONMENT_KEY, type WorkspacePlan, workspacesOf } from './plan';

/** What a file system takes for one name, in bytes of UTF-8. */
const NAME_BYTES = 255;

/** A path as a spec writes it. */
interface WrittenPath {
  readonly field: string;
  readonly path: string;
  readonly kind: 'file' | 'folder';
}

function* pathsOf({ path: field, files, directories }: WorkspacePlan): Iterable<WrittenPath> {
  for (const path of Object.keys(files)) yield { field: `${field}.initialFiles[${path}]`, path, kind: 'file' };
  for (const [index, path] of directories.entries()) yield { field: `${field}.initialDirectories[${index}]`, path, kind: 'folder' };
}

/** Names are counted as the file system counts them: a CJK letter has three bytes. */
export const longNames: Check = function* ({ spec }) {
  for (const plan of workspacesOf(spec)) {
    for (const { field, path } of pathsOf(plan)) {
      const long = path.split('/').find((name) => Buffer.byteLength(name) > NAME_BYTES);
      if (long !== undefined) yield longName(field, long);
    }
  }
};

function longName(field: string, name: string): Issue {
  return error(
    field,
    'workspace/long-name',
    `"${name.slice(0, 20)}..." has ${Buffer.byteLength(name)} bytes and a name has at most ${NAME_BYTES}: shorten it`,
  );
}

/** A path cannot be a file and the folder of another file; that holds for files of ours too. */
export const clashingPaths: Check = function* ({ spec }, { workspace }) {
  const contents = new Map(workspace.contents.map((content) => [content.name, content]));
  for (const plan of workspacesOf(spec)) {
    const ours = contents.get(plan.name)?.files.map(({ path }) => path) ?? [];
    const files = new Set([...Object.keys(plan.files), ...ours, ENVIRONMENT_KEY]);
    const told = new Set<string>();
    for (const { field, path, kind } of pathsOf(plan)) {
      const file = fileOnTheWay(path, kind, files);
      if (file === undefined || told.has(file)) continue;
      told.add(file);
      yield clash(plan, { file, path, field });
    }
  }
};

/** A file of the user is told of once, at its own field; one of ours has none. */
function clash(
  plan: WorkspacePlan,
  { file, path, field }: { readonly file: string; readonly path: string; readonly field: string },
): Issue {
  return Object.hasOwn(plan.files, file)
    ? error(
        `${plan.path}.initialFiles[${file}]`,
        'workspace/clash',
        `"${file}" is a file, and "${path}" needs a folder of that name: rename one of them`,
      )
    : error(field, 'workspace/clash', `"${file}" is a file of ours, and this path needs a folder of that name: choose another path`);
}

/** The file that a path leads through; for a folder, the one that it would have to be itself, too. */
function fileOnTheWay(path: string, kind: WrittenPath['kind'], files: ReadonlySet<string>): string | undefined {
  const normal = normalizedPath(path);
  return [...files].find((file) => normal.startsWith(`${file}/`) || (kind === 'folder' && normal === file));
}

/** Keys of the ConfigMap are made of hashes: should two meet, one file would silently have the text of the other. */
export const meetingKeys: Check = function* (_input, { workspace }) {
  yield* keysThatMeet(workspace.contents);
};

/** @param keyOf @default - the key that a file really gets */
export function* keysThatMeet(contents: readonly WorkspaceContent[], keyOf = fileKey): Iterable<Issue> {
  const taken = new Map<string, string>();
  for (const { name, files } of contents) {
    for (const { path } of files) {
      const key = keyOf(name, path);
      const other = taken.get(key);
      if (other !== undefined) {
        yield error(
          'spec.workspace',
          'workspace/clash',
          `"${other}" and "${path}" would take one key of the ConfigMap: rename one of them`,
        );
      }
      taken.set(key, path);
    }
  }
}
