import type { Duration, Size } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-28';
import type { EnvFromHandle } from './handles';

/*
 * The interfaces and the classes side by side: under `exactOptionalPropertyTypes` the classes of that package do not satisfy its own
 * interfaces.
 */
type SecretLike = kplus.ISecret | kplus.Secret;
type ConfigMapLike = kplus.IConfigMap | kplus.ConfigMap;

/**
 * What a cdk8s author may write in a field of this name, beside its wire form. `wire-form.ts` turns each of them into that form, and the
 * compiler holds the two lists together.
 */
export interface FieldForms {
  readonly cpu: kplus.Cpu;
  readonly memory: Size;
  readonly size: Size;
  readonly sizeLimit: Size;
  readonly minFree: Size;

  /** Whole seconds. */
  readonly initialDelaySeconds: Duration;
  readonly periodSeconds: Duration;
  readonly timeoutSeconds: Duration;

  readonly interval: Duration;
  readonly timeout: Duration;
  readonly checkInterval: Duration;
  readonly healthCheckTimeout: Duration;

  /** Its value never leaves the Secret: only the name is read. */
  readonly existingSecret: SecretLike;
  readonly secretName: SecretLike;
  readonly secretRef: SecretLike;
  readonly authKeySecretRef: SecretLike;
  readonly pullSecrets: readonly SecretLike[];

  readonly configMapName: ConfigMapLike;
  /** A `kplus.ConfigMap` brings its data along, as it is at this moment. */
  readonly configMapRef: ConfigMapLike;
  readonly caBundle: SecretLike | ConfigMapLike;

  readonly existingClaim: kplus.IPersistentVolumeClaim | kplus.PersistentVolumeClaim;
  /** An account that is there already, so none of this name is created. */
  readonly serviceAccountName: kplus.IServiceAccount | kplus.ServiceAccount;

  readonly env: kplus.Env | Readonly<Record<string, kplus.EnvValue | string>>;
  readonly extraEnv: kplus.Env | Readonly<Record<string, kplus.EnvValue | string>>;
  readonly envFrom: readonly (EnvFromHandle | SecretLike | ConfigMapLike)[];
}

/** Fields with Kubernetes' own objects, and the free document `raw`. They are passed on as they are written, in wire form. */
export type FragmentField =
  | 'raw'
  | 'initContainers'
  | 'sidecars'
  | 'sidecarVolumes'
  | 'extraVolumes'
  | 'extraVolumeMounts'
  | 'nodeSelector'
  | 'tolerations'
  | 'affinity'
  | 'topologySpreadConstraints'
  | 'additionalEgress'
  | 'additionalRules'
  | 'annotations'
  | 'podAnnotations'
  | 'serviceAccountAnnotations'
  | 'labels'
  | 'initialFiles';

/** `T` in wire form, or with the objects of cdk8s and cdk8s-plus-28 where {@link FieldForms} has one. */
export type Authored<T> = T extends readonly (infer Item)[]
  ? readonly Authored<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]: AuthoredField<Field, T[Field]> }
    : T;

type AuthoredField<Field, T> = Field extends FragmentField
  ? T
  : Field extends 'pullSecrets' | 'envFrom'
    ? AuthoredList<T, FieldForms[Field]>
    : Field extends keyof FieldForms
      ? Authored<T> | FieldForms[Field]
      : Authored<T>;

/** A list in which both forms may stand side by side. */
type AuthoredList<T, Forms> = T extends readonly (infer Item)[]
  ? readonly (Authored<Item> | (Forms extends readonly (infer Form)[] ? Form : never))[]
  : T;
