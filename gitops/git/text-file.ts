/** One file of a commit. */
export interface TextFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  /** The whole content. */
  readonly text: string;
  /** What the text was written from, for checks that ask where a value stands. @default - the text is all there is */
  readonly source?: object;
}

/** Sorts by path, by code units: the same everywhere. */
export function sortFiles<T extends { readonly path: string }>(files: readonly T[]): T[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
