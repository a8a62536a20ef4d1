import type { Duration, Size } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';

/*
 * Objects of cdk8s and cdk8s-plus-28 are known by what they can do. Loading the package for an `instanceof` would cost more than rendering
 * an instance, and there may be another copy of it, or one for another Kubernetes release.
 */

type Candidate = Readonly<Record<string, unknown>>;

/** An object of a class: neither a list nor a plain object. */
export function isClassInstance(value: unknown): value is Candidate {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null;
}

export function isSize(value: unknown): value is Size {
  return isClassInstance(value) && typeof value['asString'] === 'function' && typeof value['toKibibytes'] === 'function';
}

export function isDuration(value: unknown): value is Duration {
  return isClassInstance(value) && typeof value['toSeconds'] === 'function';
}

export function isCpu(value: unknown): value is kplus.Cpu {
  return isClassInstance(value) && typeof value['amount'] === 'string';
}

/** A construct that stands for one object of the cluster. */
export function isResource(value: unknown): value is kplus.IResource {
  return isClassInstance(value) && Construct.isConstruct(value) && typeof value['name'] === 'string' && typeof value['kind'] === 'string';
}

export function isEnvValue(value: unknown): value is kplus.EnvValue {
  return isClassInstance(value) && 'valueFrom' in value;
}

export function isEnv(value: unknown): value is kplus.Env {
  return isClassInstance(value) && typeof value['copyFrom'] === 'function' && typeof value['variables'] === 'object';
}

/** `kplus.EnvFrom` shows what it holds only by the method that the package itself renders it with. */
export function isEnvFrom(value: unknown): value is { _toKube(): object } {
  return isClassInstance(value) && '_toKube' in value && 'configMap' in value && 'prefix' in value;
}

/** A `Lazy`, or a token: anything that a cdk8s App would resolve by itself. */
export function isToken(value: unknown): value is { produce(): unknown } | { resolve(): unknown } {
  if (typeof value !== 'object' || value === null || Construct.isConstruct(value)) return false;
  const { produce, resolve } = value as Candidate;
  return typeof produce === 'function' || typeof resolve === 'function';
}

export function produced(value: { produce(): unknown } | { resolve(): unknown }): unknown {
  return 'produce' in value && typeof value.produce === 'function' ? value.produce() : (value as { resolve(): unknown }).resolve();
}
