import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
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

const EXTENSIONS = new Set(['.yaml', '.yml', '.json']);

/** The files of a folder, at any depth, by name. Hidden ones and installed packages are left out. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesOf(path);
      return EXTENSIONS.has(extname(entry.name)) ? [path] : [];
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

  public read(path: string): void {
    if (path === '-') {
      const content = this.attempt('stdin', () => readFileSync(0, 'utf8'));
      if (content !== undefined) this.readText(content, 'stdin');
      return;
    }
    const files = this.attempt(path, () => (statSync(path).isDirectory() ? filesOf(path) : [path]));
    if (files?.length === 0) this.fail(path, 'has no .yaml, .yml or .json file: name another folder');
    for (const file of files ?? []) {
      const content = this.attempt(file, () => readFileSync(file, 'utf8'));
      if (content !== undefined) this.readText(content, file);
    }
  }

  /** What `read` returns; `undefined`, and an issue, where the file system refuses. One file's trouble hides no other's. */
  private attempt<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (cause) {
      this.fail(path, `cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}): name a file or folder that exists`);
      return undefined;
    }
  }

  private fail(file: string, message: string): void {
    this.issues.push({ file, line: 1, column: 1, message });
  }

  private readText(content: string, file: string): void {
    const { documents, issues } = readYaml(content, file);
    this.issues.push(...issues);
    for (const document of documents) this.add(document, document.value, []);
  }

  /** @param prefix the steps to the object inside the document, for the items of a List */
  private add(document: YamlDocument, value: unknown, prefix: readonly (string | number)[]): void {
    const locate = (path: readonly (string | number)[]): Position => document.locate([...prefix, ...path]);
    if (!isObject(value) || text(value['apiVersion']) === undefined || text(value['kind']) === undefined) {
      const place = prefix.length === 0 ? { line: document.line, column: 1 } : locate([]);
      this.issues.push({ file: document.file, ...place, message: 'is not a Kubernetes object: it needs apiVersion and kind as text' });
      return;
    }
    if (value['kind'] === 'List' || (Array.isArray(value['items']) && String(value['kind']).endsWith('List'))) {
      const items = Array.isArray(value['items']) ? (value['items'] as unknown[]) : [];
      for (const [index, item] of items.entries()) this.add(document, item, [...prefix, 'items', index]);
      return;
    }
    const metadata = isObject(value['metadata']) ? value['metadata'] : {};
    this.documents.push({
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
}
