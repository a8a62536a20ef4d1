import { createHash } from 'node:crypto';
import { stateOf } from '../publish/history';
import type { Inspected } from '../publish/judge';
import { directoryOf, replacementFor } from '../publish/publish';
import type { TreeStore } from '../publish/tree-store';

/** All paths of a few instances, sorted: their directories, and their files beside them. */
export function pathsOf(members: readonly Inspected[]): string[] {
  return members
    .flatMap(({ request }) => {
      const { directory, beside } = replacementFor(request);
      return [directory, ...beside];
    })
    .toSorted();
}

/** What stands at paths in a commit that is here, as one text. */
export async function stateAt(store: TreeStore, commit: string | undefined, paths: readonly string[]): Promise<string> {
  const entries = await store.entries(commit, paths);
  return stateOf(paths.map((path) => entries.get(path)?.id));
}

/** The same of what is wanted. */
export function wantedState(members: readonly Inspected[]): string {
  const ids = new Map(members.flatMap(({ request, inspection: { tree, beside } }) => [[directoryOf(request), tree] as const, ...beside]));
  return stateOf(pathsOf(members).map((path) => ids.get(path)));
}

/** Tells one change from another: what stands there, and what is to. It stands in the text of a pull request. */
export function changeId(before: string, after: string): string {
  return createHash('sha256').update(`${before}\n${after}`).digest('hex').slice(0, 32);
}
