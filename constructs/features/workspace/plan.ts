import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { type WorkspaceContent, type WorkspaceFile, fileKey, workspaceFolder } from '../../hosts/workspace';
import { compareText } from '../../spec/json';
import { asset } from '../../wire/assets';
import { paths } from '../../wire/names';

/** Where the files of additional workspaces and of ConfigMaps are mounted while the workspace is seeded. */
const SOURCES = '/workspace-sources';

export const PLAN_KEY = 'plan.json';
/** Our own text. Keys of users' files end in a hash, so this one is never theirs. */
export const ENVIRONMENT_KEY = 'ENVIRONMENT.md';

/** One workspace as a spec writes it: the main one, or an additional one. */
export interface WorkspacePlan {
  /** `undefined` for the main workspace. */
  readonly name: string | undefined;
  /** The field that holds it. */
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
  readonly directories: readonly string[];
  readonly configMap: string | undefined;
}

/** Every workspace of a spec, the main one first. */
export function workspacesOf({ workspace }: Pick<ResolvedOpenClawInstanceSpec, 'workspace'>): WorkspacePlan[] {
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

function workspaceOf(name: string | undefined, path: string, content: Content): WorkspacePlan {
  const { initialFiles = {}, initialDirectories = [], configMapRef } = content;
  return { name, path, files: initialFiles, directories: initialDirectories, configMap: configMapRef?.name };
}

/** Where a mounted ConfigMap of a workspace stands in the pod. */
export function sourceFolder(workspace: string | undefined): string {
  return workspace === undefined ? `${SOURCES}/main` : `${SOURCES}/additional-${workspace}`;
}

/** A file of the plan that the program in the pod reads. */
interface PlannedFile {
  /** Where it is mounted. */
  readonly from: string;
  /** Where it goes, relative to the workspace. */
  readonly to: string;
  /** Written at every start, not once. */
  readonly always?: true;
  /** It goes when it is not planned any more. */
  readonly owned?: true;
}

function plannedFile(workspace: string | undefined, { path, policy }: WorkspaceFile): PlannedFile {
  const from = `${paths.workspaceInit}/${fileKey(workspace, path)}`;
  return { from, to: path, ...(policy !== 'create' && { always: true }), ...(policy === 'replace' && { owned: true }) };
}

function planOf({ name, files, folders }: WorkspaceContent, hasSource: boolean) {
  const environment: PlannedFile = { from: `${paths.workspaceInit}/${ENVIRONMENT_KEY}`, to: ENVIRONMENT_KEY, always: true };
  const given = files.map((file) => plannedFile(name, file));
  return {
    root: `${paths.state}/${workspaceFolder(name)}`,
    directories: folders.toSorted(),
    // A user's file of this name wins over ours.
    files: files.some(({ path }) => path === ENVIRONMENT_KEY) ? given : [environment, ...given],
    folders: hasSource ? [sourceFolder(name)] : [],
  };
}

/** What a ConfigMap holds. */
export interface ConfigMapData {
  readonly data: Record<string, string>;
  /** Base64. @default - every file is text */
  readonly binaryData?: Record<string, string>;
}

/**
 * The data of the workspace ConfigMap: the files, and the plan of the program that copies them.
 *
 * @param notes texts for whoever reads the ConfigMap, by key; the pod has no use for them
 * @param sources the workspaces into which the files of a mounted ConfigMap go as well
 */
export function workspaceData(
  contents: readonly WorkspaceContent[],
  sources: ReadonlySet<string | undefined>,
  notes: Readonly<Record<string, string>> = {},
): ConfigMapData {
  const data: Record<string, string> = { [ENVIRONMENT_KEY]: asset(__dirname, 'ENVIRONMENT.md'), ...notes };
  const binaryData: Record<string, string> = {};
  const workspaces = contents.map((content) => {
    const files = content.files.toSorted((a, b) => compareText(a.path, b.path));
    for (const file of files) {
      const key = fileKey(content.name, file.path);
      if ('text' in file) data[key] = file.text;
      else binaryData[key] = file.base64;
    }
    return planOf({ ...content, files }, sources.has(content.name));
  });
  const plan = { marker: `${paths.state}/.workspace-seeded.json`, workspaces };
  data[PLAN_KEY] = `${JSON.stringify(plan, null, 2)}\n`;
  return Object.keys(binaryData).length > 0 ? { data, binaryData } : { data };
}
