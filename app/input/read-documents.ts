import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { decode, isText } from './decode';
import { chartTemplates, isForeign } from './foreign-files';
import { type Position, type YamlDocument, readYaml } from './read-yaml';

/** One Kubernetes object in a file. */
export interface SourceDocument {
  readonly file: string;
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly value: Readonly<Record<string, unknown>>;
  readonly locate: (path: readonly (string | number)[]) => Position;
}

/** A finding about a file, where no object is known yet. */
export interface FileIssue extends Position {
  readonly file: string;
  readonly message: string;
}

/** A document that is left out, with the reason. */
export type Note = FileIssue;

const EXTENSIONS = new Set(['.yaml', '.yml', '.json']);

/** The files of a folder, at any depth, by name. Hidden ones, installed packages and the templates of Helm charts are left out. */
function filesOf(folder: string, leftOut: (folder: string) => void): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.') && name !== 'node_modules');
  const templates = chartTemplates(entries.map(({ name }) => name));
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) return EXTENSIONS.has(extname(entry.name)) ? [path] : [];
      if (entry.name !== templates) return filesOf(path, leftOut);
      leftOut(path);
      return [];
    });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Gathers the objects of files and folders. `-` is the standard input. */
export class DocumentReader {
  public readonly documents: SourceDocument[] = [];
  public readonly issues: FileIssue[] = [];
  /** What was found in folders and is none of ours: one for each file. */
  public readonly notes: Note[] = [];

  /** @param onDocument called after each document with how many were read */
  public constructor(private readonly onDocument: (read: number) => void = () => {}) {}

  public read(path: string): void {
    if (path === '-') {
      const bytes = this.attempt('stdin', () => readFileSync(0));
      if (bytes !== undefined) this.take(isText(bytes) ? this.readText(decode(bytes), 'stdin') : notText('stdin'));
      return;
    }
    const isFolder = this.attempt(path, () => statSync(path).isDirectory());
    if (isFolder === true) this.readFolder(path);
    else if (isFolder === false) this.readFile(path, false);
  }

  private readFolder(path: string): void {
    const files = this.attempt(path, () =>
      filesOf(path, (templates) => this.note(templates, 'is left out: it holds templates of a Helm chart, render them first')),
    );
    if (files?.length === 0) this.fail(path, 'has no .yaml, .yml or .json file: name another folder');
    for (const file of files ?? []) this.readFile(file, true);
  }

  /** @param found nobody named it: it stands in a folder, and may be there for others */
  private readFile(file: string, found: boolean): void {
    const bytes = this.attempt(file, () => readFileSync(file));
    if (bytes === undefined) return;
    const content = decode(bytes);
    const read = isText(bytes) ? this.readText(content, file) : notText(file);
    const [issue] = read.issues;
    if (issue !== undefined && found && isForeign(content)) {
      this.note(file, `is left out: it names nothing of ours (line ${issue.line}: ${issue.message})`);
    } else this.take(read);
  }

  /** What `read` returns; `undefined`, and an issue, where the file system refuses. One file's trouble hides no other's. */
  private attempt<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (cause) {
      this.fail(path, unreadable(cause as NodeJS.ErrnoException));
      return undefined;
    }
  }

  private fail(file: string, message: string): void {
    this.issues.push({ file, line: 1, column: 1, message });
  }

  private note(file: string, message: string): void {
    this.notes.push({ file, line: 1, column: 1, message });
  }

  private take({ documents, issues }: FileText): void {
    for (const document of documents) this.documents.push(document);
    for (const issue of issues) this.issues.push(issue);
  }

  private readText(content: string, file: string): FileText {
    const found: FileText = { documents: [], issues: [] };
    const before = this.documents.length;
    const { documents, issues } = readYaml(content, file, (read) => this.onDocument(before + read));
    for (const issue of issues) found.issues.push(issue);
    for (const document of documents) add(document, document.value, [], found);
    return found;
  }
}

/** What to say of a path that the file system does not give out. */
export function unreadable({ code, message }: NodeJS.ErrnoException): string {
  const isKept = code === 'EACCES' || code === 'EPERM';
  const remedy = isKept ? 'give yourself the right to read it, or name another one' : 'name a file or folder that exists';
  return `cannot be read (${code ?? message}): ${remedy}`;
}

/** Read all the same, each wrong byte would become another character without a word. */
function notText(file: string): FileText {
  return { documents: [], issues: [{ file, line: 1, column: 1, message: 'is not in UTF-8: save it in UTF-8' }] };
}

/** What stands in one file. */
interface FileText {
  readonly documents: SourceDocument[];
  readonly issues: FileIssue[];
}

/** @param prefix the steps to the object inside the document, for the items of a List */
function add(document: YamlDocument, value: unknown, prefix: readonly (string | number)[], found: FileText): void {
  const locate = (path: readonly (string | number)[]): Position => document.locate([...prefix, ...path]);
  if (!isObject(value) || text(value['apiVersion']) === undefined || text(value['kind']) === undefined) {
    const place = prefix.length === 0 ? { line: document.line, column: 1 } : locate([]);
    found.issues.push({ file: document.file, ...place, message: 'is not a Kubernetes object: it needs apiVersion and kind as text' });
    return;
  }
  if (value['kind'] === 'List' || (Array.isArray(value['items']) && String(value['kind']).endsWith('List'))) {
    const items = Array.isArray(value['items']) ? (value['items'] as unknown[]) : [];
    for (const [index, item] of items.entries()) add(document, item, [...prefix, 'items', index], found);
    return;
  }
  const metadata = isObject(value['metadata']) ? value['metadata'] : {};
  found.documents.push({
    file: document.file,
    line: prefix.length === 0 ? document.line : locate([]).line,
    apiVersion: String(value['apiVersion']),
    kind: String(value['kind']),
    name: text(metadata['name']) ?? '',
    namespace: text(metadata['namespace']),
    value,
    locate,
  });
}
