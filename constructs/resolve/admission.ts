import type { OpenClawClusterDefaultsSpec } from '../../imports/types';
import { runRules, runRulesBeside } from '../schema/cel';
import { applyDefaults } from '../schema/defaults';
import { schemaOf } from '../schema/schemas';
import type { JsonObject, StructuralSchema } from '../schema/structural';
import { findUnknownFields } from '../schema/unknown';
import { blocksRules, validateSchema } from '../schema/validate';
import { DEEPEST, tooDeepPath } from '../spec/depth';
import { type Issue, error, fieldPath, sortIssues } from '../spec/issue';
import { lookForSecrets } from './secrets/secret-text';

/** A document as the API server would store it, and what it would say of it. */
export interface Admission {
  readonly document: JsonObject;
  readonly issues: readonly Issue[];
}

/** What is known of a document before any rule has run. */
interface Shape {
  readonly document: JsonObject;
  /** The stored document before the change, with its defaults. */
  readonly previous: JsonObject | undefined;
  readonly unknown: readonly Issue[];
  readonly shape: readonly Issue[];
}

/**
 * The API server's own work, in its own order: unknown fields, defaults, shape, and only if the shape is right the CEL rules.
 *
 * @param schema as the CRD has it
 * @param previous the document as it is stored: rules that compare look at it, and what is wrong in both and unchanged is passed over.
 *   @default - a new document
 */
export function admit(schema: StructuralSchema, written: object, previous?: object): Admission {
  const deep = depthIssue(written);
  if (deep) return { document: {}, issues: [deep] };
  const { document, previous: old, unknown, shape } = shapeOf(schema, written, previous);
  const rules = blocksRules(shape) ? [] : runRules(schema, document, old);
  return { document, issues: [...unknown, ...shape, ...rules] };
}

/**
 * The same for a person: what the rules can tell in spite of a wrong shape comes along, so that all is mended in one round, and what they say
 * of a value whose shape is wrong does not, so that each mistake is told once.
 */
export function examine(schema: StructuralSchema, written: object, previous?: object): Admission {
  const deep = depthIssue(written);
  if (deep) return { document: {}, issues: [deep] };
  const { document, previous: old, unknown, shape } = shapeOf(schema, written, previous);
  const issues = [...unknown, ...shape];
  if (shape.length === 0) return { document, issues: [...issues, ...runRules(schema, document, old)] };
  // Where a shape does not block rules, what a rule says without stumbling is a mistake of its own.
  return { document, issues: [...issues, ...runRulesBeside(blocksRules(shape) ? issues : [], schema, document, old)] };
}

/** First of all, since everything else recurses. */
function depthIssue(written: object): Issue | undefined {
  const path = tooDeepPath(written);
  return path && error(fieldPath(path), 'schema/depth', `goes more than ${DEEPEST} levels deep: make it flatter`);
}

function shapeOf(schema: StructuralSchema, written: object, previous: object | undefined): Shape {
  const object = written as JsonObject;
  const document = applyDefaults(schema, object);
  // The server fills in defaults whenever it reads what it has stored.
  const old = previous && applyDefaults(schema, previous as JsonObject);
  return { document, previous: old, unknown: findUnknownFields(schema, object), shape: validateSchema(schema, document, old) };
}

/** Reads an OpenClawClusterDefaults document: its spec, and what is wrong with it. */
export function admitClusterDefaults(written: object): { spec: OpenClawClusterDefaultsSpec; issues: readonly Issue[] } {
  const { document, issues } = examine(schemaOf('openclawclusterdefaults'), written);
  const secrets = lookForSecrets(written, {});
  return {
    spec: (document['spec'] ?? {}) as OpenClawClusterDefaultsSpec,
    issues: sortIssues([...issues, ...secrets.issues].map(secrets.conceal)),
  };
}

/** What is wrong with an OpenClawSelfConfig document. */
export function admitSelfConfig(written: object): readonly Issue[] {
  return sortIssues(examine(schemaOf('openclawselfconfigs'), written).issues);
}
