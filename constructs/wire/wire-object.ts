import { ApiObject, type ApiObjectMetadata, type App, type JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import type { JsonObject } from '../spec/json';
import { guardedMetadata, withoutSubstitution } from './guards';
import type { Manifest } from './manifest';
import { NOT_PLAIN, plainMetadata, plainObject, unshared } from './plain-json';

/** What a {@link WireObject} needs to know of itself when it is made; the rest is rendered later. */
export interface WireObjectProps {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiObjectMetadata & { readonly name: string };
  /** It belongs to no namespace; without this cdk8s gives it that of the chart. @default false */
  readonly clusterScoped?: boolean;
  /**
   * Renders everything but apiVersion, kind and metadata, in wire form (the form the API server reads). Called at synthesis, so that
   * whatever was added to a host until then is in it.
   */
  readonly produce: () => JsonObject;
}

/** Marks instances: `instanceof ApiObject` looks for a mark too, and subclasses inherit that look. */
const WIRE_OBJECT = Symbol.for('openclaw-cdk8s.WireObject');

/** The resolvers that every cdk8s App brings along: Lazy, implicit tokens, number-or-string classes. */
const STOCK_RESOLVERS = 3;

/**
 * An API object in wire form, rendered in one pass.
 *
 * It is a normal `ApiObject`: JSON patches, Lazy values, tokens, custom resolvers and `metadata` calls work, through the stock renderer.
 * Where none of them is present, which is nearly always, one copying pass does the same at a fraction of the cost. Unlike the generated
 * L1 classes it drops nothing: a field newer than any class, a plain quantity or a numeric port reach the manifest as they were written.
 */
export class WireObject extends ApiObject {
  /** Recognizes objects of another copy of this package as well. */
  public static override [Symbol.hasInstance](value: unknown): value is WireObject {
    return typeof value === 'object' && value !== null && WIRE_OBJECT in value;
  }

  private readonly produce: () => JsonObject;
  private patched = false;

  constructor(scope: Construct, id: string, props: WireObjectProps) {
    super(scope, id, { apiVersion: props.apiVersion, kind: props.kind, metadata: guardedMetadata(props.kind, props.metadata) });
    this.produce = props.produce;
    if (props.clusterScoped) Object.assign(this.metadata, { namespace: undefined });
  }

  public override addJsonPatch(...ops: JsonPatch[]): void {
    this.patched = true;
    super.addJsonPatch(...ops);
  }

  /** Renders the object: `null` and `undefined` dropped, keys sorted, whatever the environment says. */
  public override toJson(): Manifest {
    // cdk8s' YAML writer makes anchors of what stands in two places, and whoever calls this may change what he gets.
    return unshared(this.manifest());
  }

  /**
   * The same at a smaller cost, to be read only: constants of ours and fragments of the user's spec are in it as they are, not as copies.
   */
  public manifest(): Manifest {
    return withoutSubstitution(this.unguarded());
  }

  private unguarded(): Manifest {
    const body = this.produce();
    // The root is the App; `App.of` would climb the tree for it.
    if (this.patched || (this.node.root as App).resolvers.length > STOCK_RESOLVERS) return this.toStockJson(body);
    try {
      const { apiVersion, kind } = this;
      return { apiVersion, kind, metadata: plainMetadata(this.metadata), ...plainObject(body) };
    } catch (error) {
      if (error !== NOT_PLAIN) throw error;
      return this.toStockJson(body);
    }
  }

  private toStockJson(body: JsonObject): Manifest {
    // `props` is what ApiObject.toJson renders; it is private there and holds only the identity until now.
    (this as unknown as { props: JsonObject }).props = { apiVersion: this.apiVersion, kind: this.kind, ...body };
    // The stock renderer asks the environment (CDK8S_DISABLE_SORT) whether to sort; bytes must not depend on it.
    const { apiVersion, kind, metadata, ...rest } = plainObject(super.toJson() as JsonObject);
    return { apiVersion, kind, metadata, ...rest } as unknown as Manifest;
  }
}

Object.defineProperty(WireObject.prototype, WIRE_OBJECT, { value: true });
