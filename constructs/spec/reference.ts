/** How one key of a generated Secret is filled. */
export type GeneratedKey =
  | { readonly literal: string }
  /** Random bytes, written as twice as many hexadecimal characters. */
  | { readonly randomBytes: number }
  /** A line of an htpasswd file (bcrypt) for a user whose password stands under another key. */
  | { readonly htpasswd: { readonly user: string; readonly passwordKey: string } };

/** A Secret that is made once and then kept. Only the recipe is known here; no value ever is. Without keys it is made empty, for a program to fill. */
export interface GeneratedSecret {
  readonly type: 'Opaque' | 'kubernetes.io/basic-auth';
  readonly keys: Readonly<Record<string, GeneratedKey>>;
}

/** An object that has to exist before the pod of an instance can start. */
export interface Reference {
  readonly kind: 'Secret' | 'ConfigMap' | 'PersistentVolumeClaim';
  readonly name: string;
  /** Where it stands. @default 'instance' */
  readonly namespaceOf?: 'instance' | 'controller';
  /** The field that names it. */
  readonly path: string;
  /** What it is for, in a few words. */
  readonly purpose: string;
  /** Keys that must be in it. Empty: any. */
  readonly keys: readonly string[];
  /** A Secret of our own making: how its keys are filled, once. @default - its content is the user's */
  readonly generate?: GeneratedSecret;
  /** A change of its content has to restart the pod, since the pod reads it only at start. @default false */
  readonly rollsPod?: boolean;
}
