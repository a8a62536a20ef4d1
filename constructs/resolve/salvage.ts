import type { OpenClawInstanceSpec } from '../../imports/types';
import type { Part } from '../part';
import { parts as registeredParts } from '../parts';
import type { Facts } from '../spec/facts';
import type { Instance, WrittenInstance } from '../spec/instance';
import { isObject } from '../spec/json';
import { resolve } from './resolve';

/** What a Job beside the pod depends on, the least needed first. */
const GROUPS = ['backup', 'availability', 'security', 'registry', 'suspended', 'storage'] as const;

/** What says where the data is: it outlives a mistake beside it. */
const PERSISTENCE = ['enabled', 'existingClaim'] as const;

/**
 * An instance as far as a copy of its data depends on it, from a spec that may be broken by now: groups that cannot be read are left at their
 * defaults. It needs no facts but the defaults of the cluster, so nothing outside can hold it up.
 *
 * @returns `undefined` where nothing can be made of the document, which no API server stores
 */
export function salvaged(
  written: WrittenInstance,
  { clusterDefaults }: Pick<Facts, 'clusterDefaults'> = {},
  parts: readonly Part[] = registeredParts,
): Instance | undefined {
  const { name, namespace } = written.metadata;
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  for (const spec of lessAndLess(written.spec ?? {}, parts)) {
    const instance = resolved({ ...written, metadata, spec }, clusterDefaults ? { clusterDefaults } : {}, parts);
    if (instance) return instance;
  }
  return undefined;
}

function* lessAndLess(written: OpenClawInstanceSpec, parts: readonly Part[]): Iterable<OpenClawInstanceSpec> {
  const all: Record<string, unknown> = { ...written };
  const kept: Record<string, unknown> = {};
  for (const group of GROUPS) if (all[group] !== undefined) kept[group] = all[group];
  yield kept;
  // Each group alone: one that makes no sense by itself takes no other one along.
  const good = Object.entries(kept).filter(([group, value]) => isGood({ [group]: value }, parts));
  const storage = good.some(([group]) => group === 'storage') ? {} : plainStorage(written);
  yield { ...Object.fromEntries(good), ...storage };
  yield storage;
  yield {};
}

/** A document that nobody gets through, such as one that is nested without end, counts as one that is refused. */
function resolved(written: WrittenInstance, facts: Facts, parts: readonly Part[]): Instance | undefined {
  try {
    const resolution = resolve(written, facts, { parts });
    return resolution.ok ? resolution.instance : undefined;
  } catch {
    return undefined;
  }
}

function isGood(spec: OpenClawInstanceSpec, parts: readonly Part[]): boolean {
  const document = { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata: { name: 'a' }, spec };
  return resolved(document, {}, parts) !== undefined;
}

function plainStorage({ storage }: OpenClawInstanceSpec): OpenClawInstanceSpec {
  const persistence: unknown = isObject(storage) ? storage['persistence'] : undefined;
  if (!isObject(persistence)) return {};
  const plain = PERSISTENCE.filter((field) => ['boolean', 'string'].includes(typeof persistence[field]));
  return { storage: { persistence: Object.fromEntries(plain.map((field) => [field, persistence[field]])) } };
}
