import { compareText } from './spec/json';
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
  /** `unknown` stands in a `diff` only: the place cannot tell without doing it. */
  readonly action: 'created' | 'configured' | 'unchanged' | 'deleted' | 'unknown';
  /** Which fields are configured, as the API server writes paths: `.spec.replicas`; never their values. @default - the sink does not look at fields */
  readonly fields?: readonly string[];
}

/** What an `apply` did, or what a `diff` found: each thing once, in the order of ids. */
export type ChangeSet = readonly Change[];

/** Why a sink does not take one thing. */
export interface Refusal {
  /** As that of a {@link Change}. */
  readonly id: string;
  /** What is wrong and what to do. It holds no value of a Secret. */
  readonly message: string;
}

/** A sink refused some things. One refusal hides no other, nor what was done beside it. */
export class SinkError extends Error {
  public override readonly name = 'SinkError';

  /**
   * @param refusals in the order of ids; their messages make the message of the error, a line each
   * @param changes what was done all the same, or would be
   */
  public constructor(
    public readonly refusals: readonly Refusal[],
    public readonly changes: ChangeSet = [],
    options?: { readonly cause?: unknown },
  ) {
    super(refusals.map(({ message }) => message).join('\n'), options);
  }
}

/** A place where manifest sets go: files, Git, an API server. */
export interface Sink {
  /**
   * What `apply` would do; changes nothing.
   *
   * @throws {@link SinkError} for what `apply` would refuse; another error where the place as a whole cannot be read
   */
  diff(sets: readonly ManifestSet[]): Promise<ChangeSet>;
  /**
   * Makes the place hold exactly these sets. What the sink did not put there itself stays as it is.
   *
   * @throws {@link SinkError} for what is refused; another error where the place as a whole cannot be written
   */
  apply(sets: readonly ManifestSet[]): Promise<ChangeSet>;
}

/** In the order of ids, which is that of a report. */
export function byId<T extends Pick<Change, 'id'>>(things: readonly T[]): T[] {
  return things.toSorted((a, b) => compareText(a.id, b.id));
}
