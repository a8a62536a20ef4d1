import { ApiObject, App, type ApiObjectMetadata, type JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import type { JsonObject, Manifest } from './manifest';

/** What a {@link WireObject} needs to know of itself when it is made; the rest is rendered later. */
export interface WireObjectProps {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiObjectMetadata & { readonly name: string };
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

/** Thrown inside `clean` when a value is not plain JSON, so that the stock renderer has to take over. */
const NOT_PLAIN = Symbol('not plain JSON');

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
    super(scope, id, { apiVersion: props.apiVersion, kind: props.kind, metadata: props.metadata });
    this.produce = props.produce;
    Object.defineProperty(this, WIRE_OBJECT, { value: true });
  }

  public override addJsonPatch(...ops: JsonPatch[]): void {
    this.patched = true;
    super.addJsonPatch(...ops);
  }

  /** Renders the object: `null` and `undefined` dropped, keys sorted, whatever the environment says. */
  public override toJson(): Manifest {
    const body = this.produce();
    if (this.patched || App.of(this).resolvers.length > STOCK_RESOLVERS) return this.toStockJson(body);
    try {
      return {
        apiVersion: this.apiVersion,
        kind: this.kind,
        metadata: plainMetadata(this) as Manifest['metadata'],
        ...cleanObject(body),
      };
    } catch (error) {
      if (error !== NOT_PLAIN) throw error;
      return this.toStockJson(body);
    }
  }

  private toStockJson(body: JsonObject): Manifest {
    // `props` is what ApiObject.toJson renders; it is private there and holds only the identity until now.
    (this as unknown as { props: JsonObject }).props = { apiVersion: this.apiVersion, kind: this.kind, ...body };
    // The stock renderer asks the environment (CDK8S_DISABLE_SORT) whether to sort; bytes must not depend on it.
    const { apiVersion, kind, metadata, ...rest } = cleanObject(super.toJson() as JsonObject);
    return { apiVersion, kind, metadata, ...rest } as unknown as Manifest;
  }
}

/** The fields of ApiObjectMetadataDefinition that its own toJson reads; private there. A test holds both renderings against each other. */
interface MetadataFields {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  readonly finalizers: unknown[];
  readonly ownerReferences: unknown[];
  readonly _additionalAttributes: JsonObject;
}

function plainMetadata(object: ApiObject): JsonObject {
  const fields = object.metadata as unknown as MetadataFields;
  const metadata: JsonObject = {
    ...fields._additionalAttributes,
    name: fields.name,
    namespace: fields.namespace,
    labels: fields.labels,
    annotations: fields.annotations,
    finalizers: fields.finalizers,
    ownerReferences: fields.ownerReferences,
  };
  const cleaned = cleanObject(metadata);
  for (const key in cleaned) if (isEmpty(cleaned[key])) delete cleaned[key];
  return cleaned;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function clean(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') throw NOT_PLAIN;
    return value;
  }
  return Array.isArray(value) ? cleanArray(value) : cleanObject(value as JsonObject);
}

function cleanArray(values: readonly unknown[]): unknown[] {
  // A hole in a list stays visible: dropping it would hide a mistake that the API server names.
  return values.map((value) => clean(value) ?? null);
}

function cleanObject(object: JsonObject): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(object);
  if ((prototype !== Object.prototype && prototype !== null) || typeof object['resolve'] === 'function') throw NOT_PLAIN;
  const result: JsonObject = {};
  for (const key of Object.keys(object).sort()) {
    const value = clean(object[key]);
    if (value !== undefined && value !== null) result[key] = value;
  }
  return result;
}
