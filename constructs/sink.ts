import type { Manifest } from './wire/manifest';

/** Everything that belongs to one instance, ready to go somewhere. */
export interface ManifestSet {
  readonly name: string;
  /** Missing where the instance names none. */
  readonly namespace?: string;
  readonly manifests: readonly Manifest[];
}

/** What happened, or would happen, to one thing of a sink: a file, an object, a directory in Git. */
export interface Change {
  /** What it is called there. */
  readonly id: string;
  readonly action: 'created' | 'configured' | 'unchanged' | 'deleted';
}

/** What an `apply` did, or what a `diff` found. */
export type ChangeSet = readonly Change[];

/** A place where manifest sets go: files, Git, an API server. */
export interface Sink {
  /** What `apply` would do; changes nothing. */
  diff(sets: readonly ManifestSet[]): Promise<ChangeSet>;
  /** Makes the place hold exactly these sets. What the sink did not put there itself stays as it is. */
  apply(sets: readonly ManifestSet[]): Promise<ChangeSet>;
}
