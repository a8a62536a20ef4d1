import type { OpenClawClusterDefaultsSpec, OpenClawInstanceSpec, ResolvedOpenClawInstanceSpec } from '../../imports/types';
import { baseConfig } from '../core/config/base-config';
import type { Part, RuleInput } from '../part';
import type { Reference } from '../spec/reference';
import { parts as registeredParts } from '../parts';
import { runRules, runRulesBeside } from '../schema/cel';
import { applyDefaults } from '../schema/defaults';
import type { JsonObject as SchemaObject, StructuralSchema } from '../schema/structural';
import { findUnknownFields } from '../schema/unknown';
import { blocksRules, validateSchema } from '../schema/validate';
import { unclaimed } from './claims';
import { applyClusterDefaults } from './cluster-defaults';
import { dialectOf } from '../spec/dialect';
import type { Facts } from '../spec/facts';
import type { Instance, WrittenInstance } from '../spec/instance';
import { volumeLayoutOf } from '../spec/volume-layout';
import { type Issue, isError, sortIssues } from '../spec/issue';
import { notEnabled } from './not-enabled';
import { annotations } from '../wire/names';
import { schemaOf } from '../schema/schemas';
import { secretTexts } from './secret-text';

/** What became of a document: an instance that can be rendered, or every error in it. */
export type Resolution =
  | { readonly ok: true; readonly instance: Instance; readonly warnings: readonly Issue[]; readonly references: readonly Reference[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The document with the defaults of its schema, and what the schema says of it: the part that the API server does as well. */
export interface Admission {
  readonly document: WrittenInstance;
  readonly issues: readonly Issue[];
}

/**
 * The API server's own work, in its own order: unknown fields, defaults, shape, and only if the shape is right the CEL rules.
 *
 * @param previous the document as it was, for rules that compare; without it they are skipped
 */
export function admit(schema: StructuralSchema, written: object, previous?: object): { document: SchemaObject; issues: Issue[] } {
  const { document, unknown, shape } = shapeOf(schema, written);
  const rules = blocksRules(shape) ? [] : runRules(schema, document, previous as SchemaObject | undefined);
  return { document, issues: [...unknown, ...shape, ...rules] };
}

/**
 * The same for a person: what the rules can tell in spite of a wrong shape comes along, so that all is mended in one round, and what they say
 * of a value whose shape is wrong does not, so that each mistake is told once.
 */
function examine(schema: StructuralSchema, written: object, previous?: object): { document: SchemaObject; issues: Issue[] } {
  const { document, unknown, shape } = shapeOf(schema, written);
  const issues = [...unknown, ...shape];
  const old = previous as SchemaObject | undefined;
  if (shape.length === 0) return { document, issues: [...issues, ...runRules(schema, document, old)] };
  // Where a shape does not block rules, what a rule says without stumbling is a mistake of its own.
  return { document, issues: [...issues, ...runRulesBeside(blocksRules(shape) ? issues : [], schema, document, old)] };
}

/** What is said before any rule. */
function shapeOf(schema: StructuralSchema, written: object): { document: SchemaObject; unknown: Issue[]; shape: Issue[] } {
  const object = written as SchemaObject;
  const unknown = findUnknownFields(schema, object);
  const document = applyDefaults(schema, object);
  return { document, unknown, shape: validateSchema(schema, document) };
}

/** Reads an OpenClawClusterDefaults document: its spec, and what is wrong with it. */
export function admitClusterDefaults(written: object): { spec: OpenClawClusterDefaultsSpec; issues: readonly Issue[] } {
  const { document, issues } = examine(schemaOf('openclawclusterdefaults'), written);
  return { spec: (document['spec'] ?? {}) as OpenClawClusterDefaultsSpec, issues: sortIssues(issues) };
}

/** `written <- cluster defaults <- schema defaults <- derived`, on a private copy of the groups that derived steps change. */
function complete(
  admitted: OpenClawInstanceSpec,
  stated: RuleInput['annotations'],
  facts: Facts,
  parts: readonly Part[],
): ResolvedOpenClawInstanceSpec {
  const draft = copyGroups(applyClusterDefaults(admitted, facts.clusterDefaults));
  for (const part of parts) part.derive?.(draft, stated);
  return draft as ResolvedOpenClawInstanceSpec;
}

/** Copies groups three levels deep: derived defaults are set on a group or on a group inside it, never deeper, never in a list. */
function copyGroups<T extends object>(value: T, depth = 3): T {
  const copy = { ...value } as Record<string, unknown>;
  if (depth > 1) {
    for (const key in copy) {
      const child = copy[key];
      if (typeof child === 'object' && child !== null && !Array.isArray(child)) copy[key] = copyGroups(child, depth - 1);
    }
  }
  return copy as T;
}

/**
 * Turns a written instance into one that constructs can read, or tells everything that is wrong with it.
 *
 * Serves the command line, the admission webhook and the controller. Pure: it asks nobody.
 *
 * @param written the whole document
 * @param facts what was looked up for it
 * @param options.previous the document before the change, for rules on immutable fields. @default - a new instance
 */
export function resolve(
  written: WrittenInstance,
  facts: Facts = {},
  { previous, parts = registeredParts }: { readonly previous?: WrittenInstance; readonly parts?: readonly Part[] } = {},
): Resolution {
  const { document, issues } = examine(schemaOf('openclawinstances'), written, previous);
  // Whatever has the right shape can be looked at by every rule, so that all findings come at once.
  if (blocksRules(issues)) return { ok: false, issues: sortIssues([...issues, ...secretTexts(written)]) };

  const { metadata, spec: admitted = {} } = document as unknown as WrittenInstance;
  const stated = metadata.annotations ?? {};
  const spec = complete(admitted, stated, facts, parts);
  const base = baseConfig(spec, facts);
  const input: RuleInput = {
    name: metadata.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    annotations: stated,
    written: written.spec ?? {},
    spec,
    config: base.config,
    facts,
    servicePorts: () => servicePorts(spec, parts),
  };
  // A field that does not exist is not "valid but not rendered yet".
  const refused = new Set(issues.filter(isError).map(({ path }) => path));
  const notRendered = unclaimed(input.written, parts, defaultSpec()).filter(({ path }) => !refused.has(path));
  // Nor does it help to switch on what is not rendered.
  const told = new Set(notRendered.map(({ path }) => path));
  const leftOff = notEnabled(input.written, specSchema()).filter(({ path }) => !told.has(path));
  const found = [...issues, ...base.issues, ...notRendered, ...leftOff, ...secretTexts(written), ...ruleIssues(input, parts)];
  if (found.some(isError)) return { ok: false, issues: sortIssues(found) };
  return {
    ok: true,
    instance: instanceOf(input),
    warnings: sortIssues(found),
    references: referencesOf(input, parts),
  };
}

function specSchema(): StructuralSchema {
  return schemaOf('openclawinstances').properties?.['spec'] ?? {};
}

let emptySpec: SchemaObject | undefined;

/** What the schema makes of an empty spec. */
function defaultSpec(): SchemaObject {
  emptySpec ??= applyDefaults(schemaOf('openclawinstances'), { spec: {} })['spec'] as SchemaObject;
  return emptySpec;
}

function referencesOf(input: RuleInput, parts: readonly Part[]): Reference[] {
  const references: Reference[] = [];
  for (const part of parts) {
    if (part.references !== undefined) references.push(...part.references(input));
  }
  return references;
}

function servicePorts(spec: ResolvedOpenClawInstanceSpec, parts: readonly Part[]): number[] {
  const custom = spec.networking.service.ports ?? [];
  if (custom.length > 0) return custom.map(({ port }) => port);
  const enabled = parts.filter(({ isEnabled }) => isEnabled?.(spec) ?? true);
  return enabled.flatMap((part) => (part.servicePorts?.(spec) ?? []).map(({ port }) => port));
}

function ruleIssues(input: RuleInput, parts: readonly Part[]): Issue[] {
  const issues: Issue[] = [];
  for (const { rules = [] } of parts) {
    for (const rule of rules) issues.push(...rule(input));
  }
  return issues;
}

function instanceOf({ name, namespace, annotations: stated, spec, config, facts }: RuleInput): Instance {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    spec,
    dialect: dialectOf(stated[annotations.appVersion] ?? spec.image.tag),
    volumeLayout: volumeLayoutOf(spec, stated[annotations.volumeLayout]),
    config,
    facts,
  };
}
