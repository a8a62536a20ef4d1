import * as fc from 'fast-check';
import type { JsonObject, JsonValue, StructuralSchema } from '../../constructs/schema/structural';
import { isObject } from '../../constructs/schema/structural';
import { refused } from '../imports/refused-rules';
import { instances } from './specs';

/** An instance that was valid until something in it was broken. */
export interface BrokenInstance {
  readonly spec: JsonObject;
  /** What was done to it, for whoever reads a failure. */
  readonly broken: readonly string[];
}

/** A place of a spec: its path, its schema, and its value, which is undefined where a field is left out. */
interface Site {
  readonly path: readonly (string | number)[];
  readonly schema: StructuralSchema;
  readonly value: JsonValue | undefined;
}

/** A way to break a place; undefined where it does not apply. */
type Fault = (site: Site, choice: number) => JsonValue | undefined;

const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function choose<T>(values: readonly T[], choice: number): T | undefined {
  return values[choice % values.length];
}

function isLocked(schema: StructuralSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] !== true;
}

const WRONG: Readonly<Record<string, readonly JsonValue[]>> = {
  string: [42, true, [], {}],
  integer: ['x', 1.5, true, []],
  boolean: ['yes', 1, {}],
  object: ['x', 1, []],
  array: ['x', 1, {}],
};

/** Keys of a list whose entries would all be the same: each gets one of its own. */
function renumbered(item: JsonValue, keys: readonly string[], index: number): JsonValue {
  if (!isObject(item)) return typeof item === 'string' ? `${item}${index}` : item;
  return { ...item, ...Object.fromEntries(keys.map((key) => [key, `${JSON.stringify(item[key] ?? '').replace(/"/g, '')}${index}`])) };
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'wrong type': ({ schema }, choice) => {
    if (schema['x-kubernetes-int-or-string']) return choose<JsonValue>([true, 1.5, {}], choice);
    return choose(WRONG[schema.type ?? ''] ?? [], choice);
  },
  'bad enum': ({ schema }) => (schema.enum ? 'no-such-value' : undefined),
  'too small': ({ schema }) => (schema.minimum === undefined ? undefined : schema.minimum - 1),
  'too large': ({ schema }) => (schema.maximum === undefined ? undefined : schema.maximum + 1),
  'too long': ({ schema }) => ((schema.maxLength ?? Infinity) > 2048 ? undefined : 'x'.repeat((schema.maxLength ?? 0) + 1)),
  'too short': ({ schema }) => (schema.minLength === undefined ? undefined : ''),
  'too many': ({ schema, value }) => {
    const [first] = Array.isArray(value) ? value : [];
    if (schema.maxItems === undefined || first === undefined) return undefined;
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    return Array.from({ length: schema.maxItems + 1 }, (_, index) => renumbered(first, keys, index));
  },
  'too few': ({ schema }) => (schema.minItems === undefined ? undefined : []),
  'too many keys': ({ schema }) => {
    if (schema.maxProperties === undefined) return undefined;
    return Object.fromEntries(Array.from({ length: schema.maxProperties + 1 }, (_, index) => [`k${index}`, '']));
  },
  'missing required': ({ schema, value }, choice) => {
    const name = choose(schema.required ?? [], choice);
    if (name === undefined || !isObject(value) || value[name] === undefined) return undefined;
    const { [name]: _, ...rest } = value;
    return rest;
  },
  'unknown field': ({ schema, value }, choice) => {
    if (!schema.properties || !isLocked(schema) || !isObject(value)) return undefined;
    const known = choose(Object.keys(schema.properties), choice) ?? '';
    return { ...value, [choice % 2 ? `${known}s` : 'noSuchField']: 'x' };
  },
  'duplicate entry': ({ schema, value }) => {
    const type = schema['x-kubernetes-list-type'];
    if ((type !== 'map' && type !== 'set') || !Array.isArray(value) || value[0] === undefined) return undefined;
    return [...value, clone(value[0])];
  },
  'bad text': ({ schema }, choice) => {
    if (schema.type !== 'string' || !schema['x-kubernetes-validations']) return undefined;
    return choose(['BAD VALUE!', '../x', '-', ' ', '.', 'ü', '99999999h', 'x'.repeat(60), 'https://x/y?z'], choice);
  },
};

/** Every place of a value, fields that are left out included. What stands below a free object has no schema and cannot be broken. */
function sites(schema: StructuralSchema, value: JsonValue | undefined, path: Site['path'] = []): Site[] {
  const below: Site[] = [];
  if (Array.isArray(value) && schema.items) {
    for (const [index, item] of value.entries()) below.push(...sites(schema.items, item, [...path, index]));
  }
  if (isObject(value)) {
    for (const [name, inner] of Object.entries(schema.properties ?? {})) below.push(...sites(inner, value[name], [...path, name]));
    const { additionalProperties: more } = schema;
    if (typeof more === 'object') for (const [key, inner] of Object.entries(value)) below.push(...sites(more, inner, [...path, key]));
  }
  return [{ path, schema, value }, ...below];
}

function replaced(value: JsonValue | undefined, [step, ...rest]: Site['path'], replacement: JsonValue): JsonValue {
  if (step === undefined) return replacement;
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? replaced(item, rest, replacement) : item));
  const object = isObject(value) ? value : {};
  return { ...object, [step]: replaced(object[String(step)], rest, replacement) };
}

/** A text that is bad in most places may be good in some. */
export const isSurelyBroken = ({ broken }: BrokenInstance): boolean => !broken.some((text) => text.startsWith('bad text'));

/** What is drawn for one fault; numbers are taken modulo what there is to choose from. */
interface Draw {
  readonly fault: string;
  readonly site: number;
  readonly choice: number;
}

/** Breaks one place that the fault applies to; a spec without any stays as it is. */
function breakOne(schema: StructuralSchema, spec: JsonObject, { fault, site, choice }: Draw): BrokenInstance {
  const apply = FAULTS[fault];
  const fits = sites(schema, spec).filter(({ path }) => path.length > 0);
  const broken = fits.map((place) => ({ place, value: apply?.(place, choice) })).filter(({ value }) => value !== undefined);
  const chosen = choose(broken, site);
  if (chosen?.value === undefined) return { spec, broken: [] };
  return { spec: replaced(spec, chosen.place.path, chosen.value) as JsonObject, broken: [`${fault}: ${chosen.place.path.join('.')}`] };
}

function breakAll(schema: StructuralSchema, start: JsonObject, draws: readonly Draw[]): BrokenInstance {
  return draws.reduce<BrokenInstance>(
    (before, draw) => {
      const { spec, broken } = breakOne(schema, before.spec, draw);
      return { spec, broken: [...before.broken, ...broken] };
    },
    { spec: start, broken: [] },
  );
}

const draw = fc.record({ fault: fc.constantFrom(...Object.keys(FAULTS)), site: fc.nat(), choice: fc.nat() });

/** Specs that break one rule of the CRD, as documents of their own. */
/** Rows that are refused for their spec: the instance that is broken here has a name of its own. */
const ruleBreakers = refused.filter(
  ({ document, path }) => document.kind === 'OpenClawInstance' && path !== '' && Object.keys(document.spec ?? {}).length > 0,
);

const written = instances.map((instance) => clone(instance.written.spec ?? {}) as JsonObject);

/**
 * Valid specs with one to three faults in them: shapes, limits, unknown fields, doubled entries, bad texts, rules.
 *
 * @param schema that of the spec
 */
export function brokenSpecs(schema: StructuralSchema): fc.Arbitrary<BrokenInstance> {
  const byFault = fc.tuple(written, fc.array(draw, { minLength: 1, maxLength: 3 })).map(([spec, draws]) => breakAll(schema, spec, draws));
  const byRule = fc.tuple(written, fc.constantFrom(...ruleBreakers)).map(([spec, { title, document }]): BrokenInstance => {
    return { spec: { ...spec, ...clone(document.spec as JsonObject) }, broken: [`rule: ${title}`] };
  });
  return fc.oneof({ weight: 4, arbitrary: byFault }, { weight: 1, arbitrary: byRule }).filter(({ broken }) => broken.length > 0);
}
