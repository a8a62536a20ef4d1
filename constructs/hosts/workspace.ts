import { hash } from 'node:crypto';
import { ClashError } from './owned-names';

/** What becomes of a file that is there already. */
export type FilePolicy =
  /** It is made once: what the agent changes or deletes stays changed or deleted. */
  | 'create'
  /** Every start of the pod writes it again. */
  | 'overwrite'
  /** The same; and once nobody adds it any more, it is removed, unless the agent changed it. */
  | 'replace';

/** A file that the agent finds in a workspace. */
export type WorkspaceFile = {
  /** Relative to the workspace, with slashes. */
  readonly path: string;
  readonly policy: FilePolicy;
} & ({ readonly text: string } | { readonly base64: string });

/** Everything that goes into one workspace. */
export interface WorkspaceContent {
  /** `undefined` for the main workspace. */
  readonly name: string | undefined;
  readonly files: readonly WorkspaceFile[];
  readonly folders: readonly string[];
}

/**
 * The key of a file in the workspace ConfigMap. Keys know no slash, and replacing it would let `a/b` and `a-b` meet; a piece of the path's
 * hash keeps every two files apart: 128 bits, so that nobody finds two paths that meet.
 */
export function fileKey(workspace: string | undefined, path: string): string {
  const digest = hash('sha256', `${workspace ?? ''}\0${path}`).slice(0, 32);
  return `${path.replace(/[^A-Za-z0-9._-]+/g, '-').slice(-200)}.${digest}`;
}

/** The folder of a workspace, relative to the agent's state. */
export function workspaceFolder(workspace: string | undefined): string {
  return workspace === undefined ? 'workspace' : `workspace-${workspace}`;
}

interface Draft {
  readonly name: string | undefined;
  readonly files: Map<string, WorkspaceFile>;
  readonly folders: Set<string>;
}

function emptyDraft(name: string | undefined): Draft {
  return { name, files: new Map(), folders: new Set() };
}

/** The workspaces of the agent: the main one, and those that are added. Whatever writes files there says so here. */
export class AgentWorkspaces {
  private readonly noteTexts: Record<string, string> = {};
  private readonly drafts = new Map<string | undefined, Draft>([[undefined, emptyDraft(undefined)]]);

  /** Adds a workspace beside the main one. */
  public add(name: string): void {
    if (this.drafts.has(name)) throw new ClashError(`workspace "${name}" is already there`);
    this.drafts.set(name, emptyDraft(name));
  }

  /**
   * Adds a file. Where two give the same path the first one wins, so a user's file, which comes first, is never replaced by one of a pack.
   *
   * @param workspace @default - the main one
   * @returns whether it is this one that the agent finds
   */
  public addFile(file: WorkspaceFile, workspace?: string): boolean {
    const { files } = this.draftOf(workspace);
    if (files.has(file.path)) return false;
    files.set(file.path, file);
    return true;
  }

  /** @param workspace @default - the main one */
  public addFolder(path: string, workspace?: string): void {
    this.draftOf(workspace).folders.add(path);
  }

  /** Keeps a text in the ConfigMap beside the files, for whoever reads that. */
  public note(key: string, text: string): void {
    if (Object.hasOwn(this.noteTexts, key)) throw new ClashError(`note "${key}" is already there`);
    this.noteTexts[key] = text;
  }

  public get notes(): Readonly<Record<string, string>> {
    return this.noteTexts;
  }

  /** The main one first, the others in the order in which they came. */
  public get contents(): readonly WorkspaceContent[] {
    return [...this.drafts.values()].map(({ name, files, folders }) => ({
      name,
      files: [...files.values()],
      folders: [...folders],
    }));
  }

  private draftOf(workspace: string | undefined): Draft {
    const draft = this.drafts.get(workspace);
    if (draft === undefined) throw new Error(`there is no workspace "${workspace}": add it first`);
    return draft;
  }
}
