import { hash } from 'node:crypto';
import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { asset } from '../../wire/assets';
import { paths } from '../../wire/names';

/** Where the files of additional workspaces and of ConfigMaps are mounted while the workspace is seeded. */
const SOURCES = '/workspace-sources';

export const PLAN_KEY = 'plan.json';
/** Our own text. Keys of users' files end in a hash, so this one is never theirs. */
const ENVIRONMENT_KEY = 'ENVIRONMENT.md';

/** One workspace as a spec writes it: the main one, or an additional one. */
export interface WorkspaceSpec {
  /** `undefined` for the main workspace. */
  readonly name: string | undefined;
  /** The field that holds it. */
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
  readonly directories: readonly string[];
  readonly configMap: string | undefined;
}

/** Every workspace of a spec, the main one first. */
export function workspacesOf({ workspace }: Pick<ResolvedOpenClawInstanceSpec, 'workspace'>): WorkspaceSpec[] {
  const { additionalWorkspaces = [] } = workspace;
  return [
    workspaceOf(undefined, 'spec.workspace', workspace),
    ...additionalWorkspaces.map((one, index) => workspaceOf(one.name, `spec.workspace.additionalWorkspaces[${index}]`, one)),
  ];
}

interface Content {
  readonly initialFiles?: Record<string, string>;
  readonly initialDirectories?: string[];
  readonly configMapRef?: { name: string };
}

function workspaceOf(name: string | undefined, path: string, content: Content): WorkspaceSpec {
  const { initialFiles = {}, initialDirectories = [], configMapRef } = content;
  return { name, path, files: initialFiles, directories: initialDirectories, configMap: configMapRef?.name };
}

/** Where a mounted ConfigMap of a workspace stands in the pod. */
export function sourceFolder({ name }: WorkspaceSpec): string {
  return name === undefined ? `${SOURCES}/main` : `${SOURCES}/additional-${name}`;
}

/**
 * The key of a file in the workspace ConfigMap. Keys know no slash, and replacing it would let `a/b` and `a-b` meet; a piece of the path's
 * hash keeps every two files apart.
 */
export function fileKey(workspace: string | undefined, path: string): string {
  const digest = hash('sha256', `${workspace ?? ''}\0${path}`).slice(0, 10);
  return `${path.replace(/[^A-Za-z0-9._-]+/g, '-').slice(-200)}.${digest}`;
}

function rootOf({ name }: WorkspaceSpec): string {
  return name === undefined ? `${paths.state}/workspace` : `${paths.state}/workspace-${name}`;
}

/** A file of a workspace, and its key in the ConfigMap. */
interface SeedFile {
  readonly to: string;
  readonly key: string;
  readonly text: string;
}

function seedFiles({ name, files }: WorkspaceSpec): SeedFile[] {
  return Object.entries(files)
    .map(([to, text]) => ({ to, key: fileKey(name, to), text }))
    .sort((a, b) => (a.to < b.to ? -1 : 1));
}

function planOf(workspace: WorkspaceSpec, seeds: readonly SeedFile[]) {
  const { files, directories, configMap } = workspace;
  const own = seeds.map(({ key, to }) => ({ from: `${paths.workspaceInit}/${key}`, to }));
  const environment = { from: `${paths.workspaceInit}/${ENVIRONMENT_KEY}`, to: 'ENVIRONMENT.md', always: true };
  return {
    root: rootOf(workspace),
    directories: [...directories].sort(),
    // A user's file of this name wins over ours.
    files: files['ENVIRONMENT.md'] === undefined ? [environment, ...own] : own,
    folders: configMap === undefined ? [] : [sourceFolder(workspace)],
  };
}

/** The data of the workspace ConfigMap: the files, and the plan of the program that copies them. */
export function workspaceData(spec: Pick<ResolvedOpenClawInstanceSpec, 'workspace'>): Record<string, string> {
  const data: Record<string, string> = { [ENVIRONMENT_KEY]: asset(__dirname, 'ENVIRONMENT.md') };
  const workspaces = workspacesOf(spec).map((workspace) => {
    const seeds = seedFiles(workspace);
    for (const { key, text } of seeds) data[key] = text;
    return planOf(workspace, seeds);
  });
  const plan = { marker: `${paths.state}/.workspace-seeded.json`, workspaces };
  data[PLAN_KEY] = `${JSON.stringify(plan, null, 2)}\n`;
  return data;
}
