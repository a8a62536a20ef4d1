import { type OpenClawInstanceSpec, type Part, resolve } from '../../constructs';
import type { JsonObject } from '../../constructs/spec/json';
import { features } from '../../constructs/features';
import { type Example, examples } from '../golden/examples';
import { at, isObject } from '../paths';

/** What each feature is combined with, beside every other feature. */
const SETTINGS: Readonly<Record<string, OpenClawInstanceSpec>> = {
  'more than one pod': { availability: { autoScaling: { enabled: true } } },
  suspended: { suspended: true },
  'no persistence': { storage: { persistence: { enabled: false } } },
  'an existing claim': { storage: { persistence: { existingClaim: 'mine' } } },
  'ports of its own': {
    networking: {
      service: {
        ports: [
          { name: 'web', port: 18789, targetPort: 18790 },
          { name: 'art', port: 18793, targetPort: 18794 },
        ],
      },
    },
  },
};

/** An instance in which two things are asked for. */
export interface Pair {
  readonly name: string;
  readonly example: Example;
}

/** The part of a spec that a feature reads, as a spec. */
function claimed(spec: JsonObject, { claims }: Part): JsonObject {
  let result: JsonObject = {};
  for (const claim of claims) {
    const value = at(spec, claim);
    if (value !== undefined) result = merged(result, nested(claim.split('.'), value));
  }
  return result;
}

function nested([step, ...rest]: readonly string[], value: unknown): JsonObject {
  return { [step ?? '']: rest.length > 0 ? nested(rest, value) : value };
}

function merged(base: JsonObject, top: JsonObject): JsonObject {
  const result = { ...base };
  for (const [key, value] of Object.entries(top)) {
    const present = result[key];
    result[key] = isObject(present) && isObject(value) ? merged(present, value) : value;
  }
  return result;
}

/** An example that is called like the feature is its own; of the others the smallest says the least beside it. */
function weight({ name }: Part, example: Example): number {
  return example.name.startsWith(name) ? 0 : JSON.stringify(example.instance.spec).length;
}

/** The example of a feature; the registry and the folder of examples say which there are. */
function exampleOf(part: Part): Example {
  const all = examples().filter(({ instance, facts, name }) => {
    if (name === 'full') return false;
    const isWritten = part.claims.some((claim) => at((instance.spec ?? {}) as JsonObject, claim) !== undefined);
    const resolution = isWritten ? resolve(instance, facts) : undefined;
    return resolution?.ok === true && part.isEnabled?.(resolution.instance.spec) !== false;
  });
  const [first] = all.toSorted((a, b) => weight(part, a) - weight(part, b));
  if (first === undefined) throw new Error(`no example switches ${part.name} on`);
  return first;
}

interface Ingredient {
  readonly name: string;
  readonly spec: JsonObject;
  readonly example?: Example;
}

/** An instance for each feature, in which only that is asked for. */
export function single(): (Example & { readonly feature: string })[] {
  return features.map((part) => {
    const { instance, facts, others } = exampleOf(part);
    const name = `only-${part.name}`;
    const spec = merged({ image: { tag: '2026.9.6' } }, claimed((instance.spec ?? {}) as JsonObject, part));
    return { name, feature: part.name, facts, others, instance: { ...instance, metadata: { name, namespace: 'openclaw' }, spec } };
  });
}

function combined(name: string, a: Ingredient, b: Ingredient): Pair {
  const { facts: factsA = {}, others: othersA = [] } = a.example ?? {};
  const { facts: factsB = {}, others: othersB = [] } = b.example ?? {};
  const spec = merged(merged({ image: { tag: '2026.9.6' } }, a.spec), b.spec);
  return {
    name: `${a.name} with ${b.name}`,
    example: {
      name,
      instance: {
        apiVersion: 'openclaw.rocks/v1alpha1',
        kind: 'OpenClawInstance',
        metadata: { name, namespace: 'openclaw' },
        spec,
      },
      others: [...othersA, ...othersB],
      facts: { ...factsA, ...factsB, configMaps: new Map([...(factsA.configMaps ?? []), ...(factsB.configMaps ?? [])]) },
    },
  };
}

/** Every feature with every other one, and each with every setting. A feature that joins the registry joins here by itself. */
export function pairs(): Pair[] {
  const ingredients = features.map((part): Ingredient => {
    const example = exampleOf(part);
    return { name: part.name, spec: claimed((example.instance.spec ?? {}) as JsonObject, part), example };
  });
  const settings = Object.entries(SETTINGS).map(([name, spec]): Ingredient => ({ name, spec: spec as JsonObject }));
  const all: Pair[] = [];
  for (const [index, one] of ingredients.entries()) {
    for (const other of [...ingredients.slice(index + 1), ...settings]) all.push(combined(`pair-${all.length}`, one, other));
  }
  return all;
}
