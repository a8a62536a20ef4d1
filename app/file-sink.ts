import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, ChangeSet, ManifestSet, Sink } from '../constructs';
import { writeDocuments } from '../constructs/yaml/write-yaml';

/** Lists the files of a folder that are ours, so that nothing else is ever deleted. */
const INDEX = '.openclaw-index.json';

/** The file of an instance: `team-a.alice.k8s.yaml`. Names have no dots, so no two instances share one. */
export function fileName({ namespace, name }: Pick<ManifestSet, 'namespace' | 'name'>): string {
  return `${namespace === undefined ? '' : `${namespace}.`}${name}.k8s.yaml`;
}

/** A file that stands in the way of one of ours. */
export class ForeignFileError extends Error {
  public override readonly name = 'ForeignFileError';

  constructor(file: string) {
    super(`${file} exists and was not written by this command: move it away, or choose another output folder`);
  }
}

/** One file an instance in a folder. Files that did not change are not touched. */
export class FileSink implements Sink {
  public constructor(private readonly folder: string) {}

  public diff(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    return Promise.resolve(this.compare(this.texts(sets)));
  }

  public apply(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    const texts = this.texts(sets);
    const changes = this.compare(texts);
    mkdirSync(this.folder, { recursive: true });
    const written = changes.filter(({ action }) => action === 'created' || action === 'configured');
    // First all texts, then all names: a full disk leaves the old files as they were.
    for (const { id } of written) writeFileSync(this.path(`${id}.next`), texts.get(id) ?? '');
    this.writeIndex([...new Set([...this.readIndex(), ...texts.keys()])]);
    for (const { id } of written) renameSync(this.path(`${id}.next`), this.path(id));
    for (const { id, action } of changes) if (action === 'deleted') rmSync(this.path(id), { force: true });
    this.writeIndex([...texts.keys()]);
    return Promise.resolve(changes);
  }

  private texts(sets: readonly ManifestSet[]): Map<string, string> {
    return new Map(sets.map((set) => [fileName(set), writeDocuments(set.manifests)]));
  }

  private compare(texts: ReadonlyMap<string, string>): Change[] {
    const ours = new Set(this.readIndex());
    const changes = [...texts].map(([id, text]) => this.compareOne(id, text, ours.has(id)));
    const stale = [...ours].filter((id) => !texts.has(id) && existsSync(this.path(id)));
    return [...changes, ...stale.map((id): Change => ({ id, action: 'deleted' }))].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  private compareOne(id: string, text: string, isOurs: boolean): Change {
    const path = this.path(id);
    if (!existsSync(path)) return { id, action: 'created' };
    if (readFileSync(path, 'utf8') === text) return { id, action: 'unchanged' };
    if (!isOurs) throw new ForeignFileError(path);
    return { id, action: 'configured' };
  }

  private path(file: string): string {
    return join(this.folder, file);
  }

  private readIndex(): string[] {
    const path = this.path(INDEX);
    if (!existsSync(path)) return [];
    const { files } = JSON.parse(readFileSync(path, 'utf8')) as { files: unknown };
    // A name from a file that anybody may have edited: only plain names of our own form are believed.
    return Array.isArray(files)
      ? files.filter((file): file is string => typeof file === 'string' && /^[a-z0-9.-]+\.k8s\.yaml$/.test(file))
      : [];
  }

  private writeIndex(files: readonly string[]): void {
    writeFileSync(this.path(INDEX), `${JSON.stringify({ files: files.toSorted() }, null, 2)}\n`);
  }
}
