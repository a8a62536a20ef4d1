/** Any value that JSON can write. `undefined` stands for "not there" and is treated as such everywhere. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. Values are read as own properties only. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** Why a rule refuses a value, in the API server's words. */
export type RuleReason = 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';

/** One entry of `x-kubernetes-validations`. */
export interface ValidationRule {
  /** CEL text. `self` is the value of the node, `oldSelf` its previous value. */
  readonly rule: string;
  readonly message?: string;
  /** CEL text that gives the message; `message` is used where it fails. */
  readonly messageExpression?: string;
  /** @default FieldValueInvalid */
  readonly reason?: RuleReason;
  /** Where below the node the finding belongs, as `.a.b` or `.a['b.c']`. */
  readonly fieldPath?: string;
  /** `oldSelf` becomes an optional value and the rule also runs without a previous value. */
  readonly optionalOldSelf?: boolean;
}

/**
 * The `openAPIV3Schema` of a CustomResourceDefinition: what Kubernetes calls a structural schema.
 *
 * Keywords that the API server refuses in a definition (`uniqueItems`, `$ref`, `definitions`, `dependencies`,
 * `patternProperties`, `additionalProperties: false`) have no place here.
 */
export interface StructuralSchema {
  readonly type?: SchemaType;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly default?: JsonValue;
  readonly nullable?: boolean;
  readonly enum?: readonly JsonValue[];
  readonly format?: string;
  /** An RE2 pattern, not anchored. */
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  /** Lengths are counted in Unicode code points. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'granular' | 'atomic';
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  /** Ours: the empty text, or the empty list, means that the field is not set. */
  readonly 'x-empty'?: 'absent';
}

/** True for a JSON object, which leaves lists and null out. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
