import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, ChangeSet, ManifestSet, Refusal, Sink } from '../../constructs';
import { SinkError, byId } from '../../constructs/sink';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';

/**
 * Lists the files of a folder that are ours, so that nothing else is ever deleted. JSON, but not by its name: `kubectl apply -f FOLDER` and
 * GitOps engines take every `.json` and `.yaml` for a manifest, hidden or not.
 */
const INDEX = '.openclaw-index';

/** The file of an instance: `team-a.alice.k8s.yaml`. Names have no dots, so no two instances share one. */
export function fileName({ namespace, name }: Pick<ManifestSet, 'namespace' | 'name'>): string {
  return `${namespace === undefined ? '' : `${namespace}.`}${name}.k8s.yaml`;
}

/** The output folder cannot take the files; its message says what to do. Nothing of what was there is lost. */
export class OutputError extends Error {
  public override readonly name = 'OutputError';
}

/** What namespaces and instances may be called; anything else could lead out of the folder, or make two instances share a file. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function checkNames({ namespace, name }: ManifestSet): void {
  for (const text of [namespace, name]) {
    if (text === undefined || NAME.test(text)) continue;
    throw new OutputError(`${JSON.stringify(text.slice(0, 80))} cannot be part of a file name: use lower-case letters, digits and '-'`);
  }
}

/** What to tell of a file that stands in the way of one of ours. */
function foreignFile(path: string): string {
  return `${path} exists and was not written by this command: move it away, or choose another output folder`;
}

/** Runs `work` on a folder; what the file system refuses becomes an {@link OutputError}. */
function onDisk<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw refusal(folder, cause);
  }
}

/** What to throw for what went wrong in a folder: an {@link OutputError} for what the file system refused, else the cause. */
export function refusal(folder: string, cause: unknown): unknown {
  const { code, path } = cause as NodeJS.ErrnoException;
  if (code === undefined || cause instanceof OutputError || cause instanceof SinkError) return cause;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = `choose another output folder, or make ${isFull ? 'room for it' : 'it a folder that you may write to'}`;
  // A write to an open file names no path.
  return new OutputError(`${path ?? folder} cannot be written (${code}): ${remedy}`, { cause });
}

export interface FileSinkOptions {
  /** Delete our files whose set is gone. Otherwise they stay, and stay known. @default false */
  readonly prune?: boolean;
  /** Called for each set with how many have become text. @default - nobody is told */
  readonly onSet?: (done: number) => void;
}

/** One file an instance in a folder. Files that did not change are not touched. All are written, or none: one refusal keeps everything as it was. */
export class FileSink implements Sink {
  public constructor(
    private readonly folder: string,
    private readonly options: FileSinkOptions = {},
  ) {}

  /** Our files that no set makes any more. @throws {@link OutputError} */
  public leftovers(sets: readonly ManifestSet[]): string[] {
    const wanted = new Set(sets.map(fileName));
    return onDisk(this.folder, () => this.stale(wanted));
  }

  /** @throws {@link OutputError}, {@link SinkError} */
  public diff(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    return new Promise((done) => done(onDisk(this.folder, () => this.compare(this.texts(sets)))));
  }

  /** @throws {@link OutputError}, {@link SinkError} */
  public apply(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    return new Promise((done) => done(onDisk(this.folder, () => this.write(this.texts(sets)))));
  }

  private write(texts: ReadonlyMap<string, string>): Change[] {
    const changes = this.compare(texts);
    mkdirSync(this.folder, { recursive: true });
    const written = changes.filter(({ action }) => action === 'created' || action === 'configured');
    // First all texts, then all names: a full disk leaves the old files as they were.
    try {
      for (const { id } of written) this.writeNext(id, texts.get(id) ?? '');
      this.writeIndex([...new Set([...this.readIndex(), ...texts.keys()])]);
    } catch (cause) {
      for (const { id } of written) rmSync(this.path(`${id}.next`), { force: true });
      throw cause;
    }
    for (const { id } of written) renameSync(this.path(`${id}.next`), this.path(id));
    for (const { id, action } of changes) if (action === 'deleted') rmSync(this.path(id), { force: true });
    this.writeIndex([...texts.keys(), ...(this.options.prune ? [] : this.stale(texts))]);
    return changes;
  }

  private texts(sets: readonly ManifestSet[]): Map<string, string> {
    for (const set of sets) checkNames(set);
    const texts = new Map<string, string>();
    for (const [index, set] of sets.entries()) {
      texts.set(fileName(set), writeDocuments(set.manifests));
      this.options.onSet?.(index + 1);
    }
    return texts;
  }

  private compare(texts: ReadonlyMap<string, string>): Change[] {
    const ours = new Set(this.readIndex());
    const found = [...texts].map(([id, text]) => this.compareOne(id, text, ours.has(id)));
    const refusals = found.filter((one) => 'message' in one);
    if (refusals.length > 0) throw new SinkError(byId(refusals));
    const deleted = this.options.prune ? this.stale(texts) : [];
    return byId([...found.filter((one) => 'action' in one), ...deleted.map((id): Change => ({ id, action: 'deleted' }))]);
  }

  private stale(wanted: Pick<ReadonlySet<string>, 'has'>): string[] {
    return this.readIndex().filter((id) => !wanted.has(id) && this.kindOf(id) === 'file');
  }

  private compareOne(id: string, text: string, isOurs: boolean): Change | Refusal {
    const kind = this.kindOf(id);
    if (kind === 'nothing') return { id, action: 'created' };
    if (kind === 'file' && readFileSync(this.path(id), 'utf8') === text) return { id, action: 'unchanged' };
    if (kind === 'other' || !isOurs) return { id, message: foreignFile(this.path(id)) };
    return { id, action: 'configured' };
  }

  /** Links are not followed: they are none of ours, and lead out of the folder. */
  private kindOf(id: string): 'nothing' | 'file' | 'other' {
    const stats = lstatSync(this.path(id), { throwIfNoEntry: false });
    if (stats === undefined) return 'nothing';
    return stats.isFile() ? 'file' : 'other';
  }

  /** Writes the text under its passing name. A rest of a run that was cut short is removed first, never written through. */
  private writeNext(id: string, text: string): void {
    const next = this.path(`${id}.next`);
    rmSync(next, { force: true });
    writeFileSync(next, text, { flag: 'wx' });
  }

  private path(file: string): string {
    return join(this.folder, file);
  }

  private readIndex(): string[] {
    const text = this.indexText();
    if (text === undefined) return [];
    const names = indexedNames(text);
    if (names === undefined) {
      throw new OutputError(`${this.path(INDEX)} is not the index that this command writes: delete it and the files that it listed`);
    }
    return names;
  }

  private indexText(): string | undefined {
    return this.kindOf(INDEX) === 'nothing' ? undefined : readFileSync(this.path(INDEX), 'utf8');
  }

  private writeIndex(files: readonly string[]): void {
    const text = `${JSON.stringify({ files: files.toSorted() }, null, 2)}\n`;
    if (this.indexText() === text) return;
    this.writeNext(INDEX, text);
    renameSync(this.path(`${INDEX}.next`), this.path(INDEX));
  }
}

/** The files that an index lists; `undefined` for a text that is none. */
function indexedNames(text: string): string[] | undefined {
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch {
    // Not JSON: not an index.
    return undefined;
  }
  const files = typeof index === 'object' && index !== null ? (index as { files?: unknown }).files : undefined;
  // Names from a file that anybody may have edited: only plain names of our own form are believed.
  return Array.isArray(files)
    ? files.filter((file): file is string => typeof file === 'string' && /^[a-z0-9.-]+\.k8s\.yaml$/.test(file))
    : undefined;
}
