import type * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';

/** What names an object of the cluster. */
export interface ReferenceProps {
  readonly apiVersion: string;
  readonly kind: string;
  /** As in the paths of the API: `configmaps`. */
  readonly resourceType: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/**
 * An object that is made elsewhere, in a form that constructs of cdk8s-plus-28 take: `Volume.fromConfigMap`, `Role.allowRead`, ...
 *
 * It renders nothing, and it does not load that package.
 */
export class ObjectReference extends Construct {
  public readonly apiVersion: string;
  /** Empty for the core group. */
  public readonly apiGroup: string;
  public readonly kind: string;
  public readonly resourceType: string;
  public readonly name: string;
  public readonly namespace: string | undefined;

  public constructor(scope: Construct, id: string, { apiVersion, kind, resourceType, name, namespace }: ReferenceProps) {
    super(scope, id);
    this.apiVersion = apiVersion;
    this.apiGroup = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
    this.kind = kind;
    this.resourceType = resourceType;
    this.name = name;
    this.namespace = namespace;
  }

  public get resourceName(): string {
    return this.name;
  }

  public asApiResource(): kplus.IApiResource {
    return this;
  }

  public asNonApiResource(): undefined {
    return undefined;
  }
}

interface ObjectName {
  readonly name: string;
  readonly namespace: string | undefined;
}

export class KnownConfigMap extends ObjectReference implements kplus.IConfigMap {
  public constructor(scope: Construct, id: string, named: ObjectName) {
    super(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', resourceType: 'configmaps', ...named });
  }
}

export class KnownClaim extends ObjectReference implements kplus.IPersistentVolumeClaim {
  public constructor(scope: Construct, id: string, named: ObjectName) {
    super(scope, id, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', resourceType: 'persistentvolumeclaims', ...named });
  }
}

export class KnownSecret extends ObjectReference implements kplus.ISecret {
  public constructor(scope: Construct, id: string, named: ObjectName) {
    super(scope, id, { apiVersion: 'v1', kind: 'Secret', resourceType: 'secrets', ...named });
  }

  public envValue(key: string, options?: kplus.EnvValueFromSecretOptions): kplus.EnvValue {
    return loadPlus().EnvValue.fromSecretValue({ secret: this, key }, options);
  }
}

export class KnownServiceAccount extends ObjectReference implements kplus.IServiceAccount {
  public constructor(scope: Construct, id: string, named: ObjectName) {
    super(scope, id, { apiVersion: 'v1', kind: 'ServiceAccount', resourceType: 'serviceaccounts', ...named });
  }

  public toSubjectConfiguration(): kplus.SubjectConfiguration {
    const { apiGroup, kind, name, namespace } = this;
    return { apiGroup, kind, name, ...(namespace !== undefined && { namespace }) };
  }
}

/** The package takes longer to load than an instance takes to render, so only a caller who holds its objects anyway pays for it. */
export function loadPlus(): typeof kplus {
  return require('cdk8s-plus-28') as typeof kplus;
}
