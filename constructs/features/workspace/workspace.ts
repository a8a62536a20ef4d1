import { Construct } from 'constructs';
import { initProgram } from '../../core/config/config';
import { stateMount } from '../../core/storage';
import { asset } from '../../wire/assets';
import { MAX_CONFIG_MAP_BYTES as MAX_BYTES, dataBytes } from '../../core/values/config-map';
import { containers, objectNames, paths, volumes } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type CheckInput, type Part, PartConstruct, type PartConstructProps } from '../../part';
import { type WorkspaceContent, fileKey } from '../../hosts/workspace';
import type { Reference } from '../../spec/reference';
import type { Instance } from '../../spec/instance';
import { error } from '../../spec/issue';
import { WireObject } from '../../wire/wire-object';
import { clashingPaths, longNames, meetingKeys } from './paths';
import { type ConfigMapData, PLAN_KEY, type WorkspacePlan, sourceFolder, workspaceData, workspacesOf } from './plan';
import { kinds } from '../../wire/kinds';

const PROGRAM = 'seed.mjs';

/** How the names of the volumes begin that hold ConfigMaps of workspaces. */
const SOURCE_VOLUME = 'workspace-source';

/** The volume of a workspace's ConfigMap. */
function sourceVolume(workspace: string | undefined): string {
  return workspace === undefined ? SOURCE_VOLUME : `${SOURCE_VOLUME}-${fileKey(workspace, '').slice(1)}`;
}

/** Gives the host what the spec writes: first of all parts, so that a user's file is never replaced. */
function addContent({ workspace }: Hosts, spec: Instance['spec']): void {
  for (const { name, files, directories } of workspacesOf(spec)) {
    if (name !== undefined) workspace.add(name);
    for (const [path, text] of Object.entries(files)) workspace.addFile({ path, text, policy: 'create' }, name);
    for (const path of directories) workspace.addFolder(path, name);
  }
}

/** The workspaces that have a ConfigMap of the user. */
function sourcesOf(spec: Instance['spec']): WorkspacePlan[] {
  return workspacesOf(spec).filter(({ configMap }) => configMap !== undefined);
}

function dataOf({ workspace }: Hosts, spec: Instance['spec']): ConfigMapData {
  return workspaceData(workspace.contents, new Set(sourcesOf(spec).map(({ name }) => name)), workspace.notes);
}

/** The program that copies everything onto the data volume. ConfigMaps of users are mounted, so that binary files work and no size adds up. */
function addProgram({ pod, config }: Hosts, instance: Instance): void {
  // Beside the other programs, since they share a module.
  const { path, mount } = config.addProgram('workspace', PROGRAM, asset(__dirname, PROGRAM));
  const sources = sourcesOf(instance.spec);
  pod.addVolume('workspace', { name: volumes.workspaceInit, configMap: { name: objectNames.workspace(instance.name) } });
  for (const { name, configMap } of sources) {
    pod.addVolume('workspace', { name: sourceVolume(name), configMap: { name: configMap } });
  }
  pod.addInitContainer('workspace', {
    ...initProgram(instance, containers.initWorkspace, [paths.node, path, `${paths.workspaceInit}/${PLAN_KEY}`]),
    volumeMounts: [
      stateMount(instance),
      mount,
      { name: volumes.workspaceInit, mountPath: paths.workspaceInit, readOnly: true },
      ...sources.map(({ name }) => ({ name: sourceVolume(name), mountPath: sourceFolder(name), readOnly: true })),
    ],
  });
}

function bind(hosts: Hosts, instance: Instance): void {
  addContent(hosts, instance.spec);
  addProgram(hosts, instance);
  // Otherwise the application writes its BOOTSTRAP.md at the first chat.
  if (!instance.spec.workspace.bootstrap.enabled) hosts.config.patch({ agents: { defaults: { skipBootstrap: true } } });
}

function create(scope: Construct, hosts: Hosts, instance: Instance): void {
  new WireObject(new Construct(scope, 'Workspace'), 'Files', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: objectMetadata(instance, objectNames.workspace(instance.name)),
    produce: () => ({ ...dataOf(hosts, instance.spec) }),
  });
}

/** What our own texts in the ConfigMap take at most. */
const OWN_BYTES = 64 * 1024;

/** What a file or a folder takes at most beside its text: a key, and its path in the plan, escaped. */
function pathBytes(path: string): number {
  return path.length * 12 + 1024;
}

/** An upper limit for the bytes of the ConfigMap, got without making its texts. A character takes three bytes at most. */
function mostBytes(workspaces: readonly WorkspaceContent[]): number {
  let bytes = OWN_BYTES;
  for (const { name, files, folders } of workspaces) {
    bytes += pathBytes(name ?? '');
    for (const file of files) bytes += ('text' in file ? file.text.length * 3 : file.base64.length) + pathBytes(file.path);
    for (const path of folders) bytes += pathBytes(path);
  }
  return bytes;
}

const tooLarge: Check = function* ({ spec }, hosts) {
  if (mostBytes(hosts.workspace.contents) <= MAX_BYTES) return;
  const { data, binaryData = {} } = dataOf(hosts, spec);
  const bytes = dataBytes(data) + dataBytes(binaryData);
  if (bytes <= MAX_BYTES) return;
  yield error(
    'spec.workspace',
    'workspace/too-large',
    `initial files take ${bytes} bytes and one ConfigMap holds ${MAX_BYTES}: move large files into a ConfigMap of yours and name it in configMapRef`,
  );
};

function* references({ spec }: CheckInput): Iterable<Reference> {
  for (const { configMap, path } of workspacesOf(spec)) {
    if (configMap === undefined) continue;
    yield { kind: 'ConfigMap', name: configMap, path: `${path}.configMapRef`, purpose: 'workspace files', keys: [] };
  }
}

export const workspace: Part = {
  name: 'workspace',
  claims: ['workspace'],
  emits: [kinds.configMap],
  bind,
  checks: [clashingPaths, longNames, meetingKeys, tooLarge],
  references,
  create,
};

/**
 * Files and folders that the agent finds at its first start.
 *
 * They are copied once: what the agent changes or deletes stays changed or deleted.
 */
export class Workspace extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, workspace, props);
  }
}
