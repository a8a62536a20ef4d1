import { annotations, labels, objectNames } from '../../constructs/wire/names';
import { isObject } from '../../constructs/spec/json';
import { isConflict, isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import { apply, get, remove } from '../api/requests';
import { engineOf } from '../objects/engine';
import { configMaps, instances } from '../objects/kinds';
import type { KubeObject, LiveInstance } from '../objects/objects';
import { type FieldStep, appliedBy, isOwnedByOthers } from '../objects/owned-fields';
import { controllerOf, ownerReference } from '../objects/ownership';
import { type AgentChanges, CHANGES_KEY, NO_CHANGES, changesIn, isEmpty, joined, readChanges } from '../observe/agent-changes';
import type { Item } from './accumulate';
import type { Asked, Road } from './decide-request';

/** Who owns the fields of an instance that an agent asked for: that of the reference operator, whose fields then are ours. */
export const FIELD_MANAGER = 'openclaw-selfconfig';

/** Where the changes of one instance are held now. After an instance came to an engine, or left one, that may be two places. */
export interface Held extends Pick<Asked, 'road' | 'held' | 'isOthers' | 'last'> {
  readonly instance: LiveInstance;
  readonly inSpec: AgentChanges;
  /** The ConfigMap beside the instance. @default - there is none */
  readonly beside?: KubeObject | undefined;
}

/** A ConfigMap of somebody else stands where ours has to be. */
export class ForeignMapError extends Error {
  public override readonly name = 'ForeignMapError';
}

/**
 * Reads what an agent has been given.
 *
 * @param instance as the server has it now
 * @throws ForeignMapError
 */
export async function readHeld(api: ApiPort, instance: LiveInstance): Promise<Held> {
  const { namespace, name, uid } = instance.metadata;
  const mapName = objectNames.agentChanges(name);
  const beside = await get(api, configMaps, namespace, mapName);
  const engine = engineOf(instance);
  const road: Road = engine === undefined ? { kind: 'spec' } : { kind: 'beside', engine };
  if (beside !== undefined && controllerOf(beside)?.uid !== uid) {
    // On the other road nobody needs the name.
    if (road.kind === 'beside') throw new ForeignMapError(`ConfigMap ${mapName} is not of this instance: remove it`);
    return heldIn(instance, road, undefined);
  }
  return heldIn(instance, road, beside);
}

function heldIn(instance: LiveInstance, road: Road, beside: KubeObject | undefined): Held {
  const inSpec = inSpecOf(instance);
  const inMap = readChanges((beside as { data?: Record<string, string> } | undefined)?.data?.[CHANGES_KEY]);
  const isOwn = (item: Item): boolean => {
    // What lies over the spec goes by itself, and what a person wrote is there again.
    if (road.kind === 'beside' && hasItem(inMap, item)) return true;
    return hasItem(inSpec, item) && !isOwnedByOthers(instance, FIELD_MANAGER, ['spec', ...pathOf(item)]);
  };
  const place = road.kind === 'beside' ? beside : instance;
  return {
    instance,
    road,
    beside,
    inSpec,
    held: joined(inSpec, inMap),
    isOthers: (item) => isWritten(instance, item) && !isOwn(item),
    last: place?.metadata.annotations?.[annotations.lastRequest],
  };
}

function inSpecOf(instance: LiveInstance): AgentChanges {
  const spec = appliedBy(instance, FIELD_MANAGER)['spec'];
  if (!isObject(spec)) return NO_CHANGES;
  const { workspace, config } = spec;
  const files = isObject(workspace) ? workspace['initialFiles'] : undefined;
  return changesIn({ skills: spec['skills'], env: spec['env'], files, config: isObject(config) ? config['raw'] : undefined });
}

/** Whether an item stands in the spec. */
function isWritten({ spec = {} }: LiveInstance, { list, name }: Item): boolean {
  if (list === 'skill') return (spec.skills ?? []).includes(name);
  if (list === 'variable') return (spec.env ?? []).some((one) => one.name === name);
  return Object.hasOwn(spec.workspace?.initialFiles ?? {}, name);
}

function hasItem({ skills, env, files }: AgentChanges, { list, name }: Item): boolean {
  if (list === 'skill') return skills.includes(name);
  return list === 'variable' ? env.some((one) => one.name === name) : Object.hasOwn(files, name);
}

function pathOf({ list, name }: Item): FieldStep[] {
  if (list === 'skill') return ['skills', { value: name }];
  return list === 'variable' ? ['env', { name }] : ['workspace', 'initialFiles', name];
}

/**
 * Holds what an agent has from now on, and notes whose request that was in the same write. Then the other place is emptied: until that is done both
 * say the same, or the next request finds both.
 *
 * @throws isConflict when the instance or the ConfigMap is another than the one that was read
 */
export async function hold(api: ApiPort, now: Held, changes: AgentChanges, requestUid: string): Promise<void> {
  if (now.road.kind === 'spec') {
    await applySpec(api, now.instance, changes, requestUid);
    if (now.beside !== undefined) await removeBeside(api, now.beside);
    return;
  }
  await applyBeside(api, now, changes, requestUid);
  if (!isEmpty(now.inSpec)) await applySpec(api, now.instance, NO_CHANGES, undefined);
}

async function applySpec(
  api: ApiPort,
  { apiVersion, kind, metadata: { namespace, name, uid, resourceVersion } }: LiveInstance,
  { skills, env, files, config }: AgentChanges,
  requestUid: string | undefined,
): Promise<void> {
  const spec = {
    ...(skills.length > 0 && { skills }),
    ...(env.length > 0 && { env }),
    ...(Object.keys(files).length > 0 && { workspace: { initialFiles: files } }),
    ...(Object.keys(config).length > 0 && { config: { raw: config } }),
  };
  const metadata = {
    namespace,
    name,
    // Of a later instance of that name nobody asked anything, nor may this make one.
    uid,
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(requestUid !== undefined && { annotations: { [annotations.lastRequest]: requestUid } }),
  };
  const wish = { apiVersion, kind, metadata, ...(Object.keys(spec).length > 0 && { spec }) };
  await apply(api, wish, { fieldManager: FIELD_MANAGER, force: true, kind: instances });
}

async function applyBeside(api: ApiPort, { instance, beside }: Held, changes: AgentChanges, requestUid: string): Promise<void> {
  const { namespace, name } = instance.metadata;
  const resourceVersion = beside?.metadata.resourceVersion;
  const map = {
    apiVersion: configMaps.apiVersion,
    kind: configMaps.kind,
    metadata: {
      namespace,
      name: objectNames.agentChanges(name),
      ...(resourceVersion !== undefined && { resourceVersion }),
      labels: { [labels.name]: 'openclaw', [labels.ownName]: name },
      annotations: { [annotations.lastRequest]: requestUid },
      ownerReferences: [ownerReference(instance)],
    },
    data: { [CHANGES_KEY]: `${JSON.stringify(changes, null, 2)}\n` },
  };
  await apply(api, map, { fieldManager: FIELD_MANAGER, force: true, kind: configMaps });
}

async function removeBeside(api: ApiPort, { metadata: { namespace, name, uid } }: KubeObject): Promise<void> {
  try {
    await remove(api, configMaps, namespace, name, uid === undefined ? {} : { uid });
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}
