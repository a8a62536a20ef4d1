import { Construct } from 'constructs';
import { initProgram } from '../../core/config/config';
import { stateMount } from '../../core/storage';
import { asset } from '../../wire/assets';
import { containers, objectNames, paths, volumes } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import type { Hosts } from '../../hosts/hosts';
import type { Part, Rule, RuleInput } from '../../part';
import type { Reference } from '../../spec/reference';
import type { Instance } from '../../spec/instance';
import { error, warning } from '../../spec/issue';
import { WireObject } from '../../wire/wire-object';
import { PLAN_KEY, type WorkspaceSpec, fileKey, sourceFolder, workspaceData, workspacesOf } from './plan';

/** What the API server stores of one ConfigMap at most. */
const MAX_BYTES = 1024 * 1024;

const PROGRAM = 'seed.mjs';

/** How the names of the volumes begin that hold ConfigMaps of workspaces. */
const SOURCE_VOLUME = 'workspace-source';

/** The volume of a workspace's ConfigMap. */
function sourceVolume({ name }: WorkspaceSpec): string {
  return name === undefined ? SOURCE_VOLUME : `${SOURCE_VOLUME}-${fileKey(name, '').slice(1)}`;
}

/**
 * Files and folders that the agent finds at its first start.
 *
 * They are copied once: what the agent changes or deletes stays changed or deleted. ConfigMaps of users are mounted and copied by the same
 * program, so that binary files work and no size adds up.
 */
export class Workspace extends Construct {
  constructor(scope: Construct, id: string, { hosts, instance }: { readonly hosts: Hosts; readonly instance: Instance }) {
    super(scope, id);
    const map = objectNames.workspace(instance.name);
    new WireObject(this, 'Files', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: objectMetadata(instance, map),
      produce: () => ({ data: workspaceData(instance.spec) }),
    });
    const sources = workspacesOf(instance.spec).filter(({ configMap }) => configMap !== undefined);
    // Beside the other programs, since they share a module.
    hosts.config.addFile('workspace', PROGRAM, asset(__dirname, PROGRAM));
    hosts.pod.addVolume('workspace', { name: volumes.workspaceInit, configMap: { name: map } });
    for (const source of sources) {
      hosts.pod.addVolume('workspace', { name: sourceVolume(source), configMap: { name: source.configMap } });
    }
    hosts.pod.addInitContainer('workspace', {
      ...initProgram(instance, containers.initWorkspace, [
        paths.node,
        `${paths.operatorConfig}/${PROGRAM}`,
        `${paths.workspaceInit}/${PLAN_KEY}`,
      ]),
      volumeMounts: [
        stateMount(instance),
        { name: volumes.config, mountPath: paths.operatorConfig, readOnly: true },
        { name: volumes.workspaceInit, mountPath: paths.workspaceInit, readOnly: true },
        ...sources.map((source) => ({ name: sourceVolume(source), mountPath: sourceFolder(source), readOnly: true })),
      ],
    });
    // Otherwise the application writes its BOOTSTRAP.md at the first chat.
    if (!instance.spec.workspace.bootstrap.enabled) hosts.config.patch({ agents: { defaults: { skipBootstrap: true } } });
  }
}

/** A path cannot be a file and the folder of another file. */
const clashingPaths: Rule = function* ({ spec }) {
  for (const { path, files, directories } of workspacesOf(spec)) {
    const names = [...Object.keys(files), ...directories];
    for (const file of Object.keys(files)) {
      const folder = `${file}/`;
      const inner = names.find((name) => name.startsWith(folder)) ?? directories.find((name) => name === file);
      if (inner === undefined) continue;
      yield error(
        `${path}.initialFiles[${file}]`,
        'workspace/clash',
        `"${file}" is a file, and "${inner}" needs a folder of that name: rename one of them`,
      );
    }
  }
};

/** Volumes of a name that is made from a workspace's are not among the reserved names of the schema. */
const takenVolumes: Rule = function* ({ spec }) {
  for (const list of ['sidecarVolumes', 'extraVolumes'] as const) {
    for (const [index, { name }] of (spec[list] ?? []).entries()) {
      if (!name.startsWith(SOURCE_VOLUME) || !workspacesOf(spec).some((workspace) => sourceVolume(workspace) === name)) continue;
      yield error(`spec.${list}[${index}].name`, 'workspace/volume', `"${name}" is the name of a volume of ours: choose another name`);
    }
  }
};

/** What our own texts in the ConfigMap take at most. */
const OWN_BYTES = 64 * 1024;

/** What a file or a folder takes at most beside its text: a key, and its path in the plan, escaped. */
function pathBytes(path: string): number {
  return path.length * 12 + 1024;
}

/** An upper limit for the bytes of the ConfigMap, got without making its texts. A character takes three bytes at most. */
function mostBytes(workspaces: readonly WorkspaceSpec[]): number {
  let bytes = OWN_BYTES;
  for (const { path: place, files, directories } of workspaces) {
    bytes += pathBytes(place);
    for (const path of Object.keys(files)) bytes += (files[path]?.length ?? 0) * 3 + pathBytes(path);
    for (const path of directories) bytes += pathBytes(path);
  }
  return bytes;
}

const tooLarge: Rule = function* ({ spec }) {
  if (mostBytes(workspacesOf(spec)) <= MAX_BYTES) return;
  const data = workspaceData(spec);
  const bytes = Object.entries(data).reduce((sum, [key, text]) => sum + key.length + Buffer.byteLength(text), 0);
  if (bytes <= MAX_BYTES) return;
  yield error(
    'spec.workspace',
    'workspace/too-large',
    `initial files take ${bytes} bytes and one ConfigMap holds ${MAX_BYTES}: move large files into a ConfigMap of yours and name it in configMapRef`,
  );
};

const skillsOfWorkspaces: Rule = function* ({ spec }) {
  for (const [index, { skills = [] }] of (spec.workspace.additionalWorkspaces ?? []).entries()) {
    if (skills.length === 0) continue;
    yield warning(
      `spec.workspace.additionalWorkspaces[${index}].skills`,
      'not-rendered',
      'is valid but not rendered yet: this version makes nothing of it',
    );
  }
};

function* references({ spec }: RuleInput): Iterable<Reference> {
  for (const { configMap, path } of workspacesOf(spec)) {
    if (configMap === undefined) continue;
    yield { kind: 'ConfigMap', name: configMap, path: `${path}.configMapRef`, purpose: 'workspace files', keys: [] };
  }
}

export const workspace: Part = {
  name: 'workspace',
  claims: ['workspace'],
  rules: [clashingPaths, takenVolumes, tooLarge, skillsOfWorkspaces],
  references,
  create: (scope, hosts, instance) => new Workspace(scope, 'Workspace', { hosts, instance }),
};
