import { hash } from 'node:crypto';
import { paths, volumes } from '../wire/names';
import { isClassInstance, isToken, produced } from '../wire/recognize';
import type { JsonObject } from '../spec/json';
import { sortedKeys } from '../wire/plain-json';
import type { Mount } from './container';
import { ClashError } from './owned-names';

/** The config ConfigMap in a container, read only. */
export const CONFIG_MOUNT: Mount = { name: volumes.config, mountPath: paths.operatorConfig, readOnly: true };

/** A program of ours that runs in a container of the pod. */
export interface PodProgram {
  /** Where it stands in a container that has the mount. */
  readonly path: string;
  /** What the container has to mount. */
  readonly mount: Mount;
}

/** Where a program stands in a container that has the config ConfigMap mounted. */
export function programPath(key: string): string {
  return `${paths.operatorConfig}/${key}`;
}

/** A file of the config ConfigMap. */
interface ConfigFile {
  readonly owner: string;
  /** Or what makes it, where other parts have a say in it. */
  readonly text: string | (() => string);
  readonly rollsPod: boolean;
}

/** How a list that parts contribute to meets a list that the user wrote. */
export type ListMode = 'join' | 'yield';

/**
 * The config ConfigMap: openclaw.json and the files that containers of ours read.
 *
 * openclaw.json starts from what the user wrote. Parts put defaults under it: where the user has a value, the user wins.
 */
export class AgentConfig {
  private readonly patches: JsonObject[] = [];
  private readonly lists: { path: readonly string[]; values: readonly string[]; mode: ListMode }[] = [];
  private readonly files = new Map<string, ConfigFile>();
  private rendered: Record<string, string> | undefined;

  /** @param base the document that the user wrote; it is never changed */
  public constructor(private readonly base: JsonObject) {}

  /** Puts `fragment` under the document, key by key. Objects meet, any other value of the user stays as it is. */
  public patch(fragment: JsonObject): void {
    this.patches.push(fragment);
    this.rendered = undefined;
  }

  /**
   * Adds values to the list at `path`.
   *
   * @param mode `join` adds them to the user's list, `yield` keeps a list of the user as it is
   */
  public append(path: readonly string[], values: readonly string[], mode: ListMode): void {
    this.lists.push({ path, values, mode });
    this.rendered = undefined;
  }

  /**
   * Adds a file to the ConfigMap.
   *
   * @param text or what makes it at synthesis, for one that depends on what other parts do
   * @param options.rollsPod whether a change of it replaces the pod; not for what is read anew when it is needed. @default true
   */
  public addFile(
    owner: string,
    key: string,
    text: string | (() => string),
    { rollsPod = true }: { readonly rollsPod?: boolean } = {},
  ): void {
    const other = this.files.get(key);
    if (other) throw new ClashError(`config file "${key}" of part "${owner}" is already there, added by part "${other.owner}"`);
    this.files.set(key, { owner, text, rollsPod });
    this.rendered = undefined;
  }

  /** Adds a program that runs in the pod. Its text is constant: inputs reach it by arguments, environment or a JSON file. */
  public addProgram(owner: string, key: string, text: string): PodProgram {
    this.addFile(owner, key, text);
    return { path: programPath(key), mount: CONFIG_MOUNT };
  }

  /** Adds a program that several parts run: the first one adds it, and the others find it there. */
  public shareProgram(key: string, text: string): PodProgram {
    if (!this.files.has(key)) this.addFile('shared', key, text);
    return { path: programPath(key), mount: CONFIG_MOUNT };
  }

  /** The data of the ConfigMap. */
  public data(): Record<string, string> {
    if (this.rendered === undefined) {
      this.rendered = { 'openclaw.json': `${JSON.stringify(sorted(this.document()), null, 2)}\n` };
      for (const [key, file] of this.files) this.rendered[key] = textOf(file);
    }
    return this.rendered;
  }

  /**
   * No fewer bytes than {@link data} takes, at a fraction of its cost; `Infinity` where only printing tells. UTF-8 takes at most three bytes for a
   * unit of a string, and JSON at most six.
   */
  public mostBytes(): number {
    let bytes = mostPrinted(this.document(), 0);
    for (const file of this.files.values()) bytes += 3 * textOf(file).length;
    return bytes;
  }

  /** A hash of all files that roll the pod: 16 hexadecimal characters. A pod with another hash has to be replaced. */
  public hash(): string {
    const data = this.data();
    // Lengths keep neighbours apart: {a: 'b', c: ''} and {a: '', b: 'c'} must differ.
    let texts = '';
    for (const key of sortedKeys(data)) {
      if (this.files.get(key)?.rollsPod === false) continue;
      texts += `${key.length}:${key}${data[key]?.length}:${data[key]}`;
    }
    return hash('sha256', texts).slice(0, 16);
  }

  private document(): JsonObject {
    let document = this.base;
    for (const { path, values, mode } of this.joinedLists()) document = withList(document, path, values, mode);
    for (const fragment of this.patches) document = underlay(document, fragment);
    return document;
  }

  /** One entry a path and mode, in order; yielding lists first, so that they see the user's list and not ours. */
  private joinedLists(): { path: readonly string[]; values: readonly string[]; mode: ListMode }[] {
    const joined = new Map<string, { path: readonly string[]; values: string[]; mode: ListMode }>();
    for (const { path, values, mode } of this.lists) {
      const key = `${mode} ${path.join('.')}`;
      const entry = joined.get(key) ?? { path, values: [], mode };
      entry.values.push(...values);
      joined.set(key, entry);
    }
    return [...joined.values()].toSorted((a, b) => Number(a.mode === 'join') - Number(b.mode === 'join'));
  }
}

function textOf({ text }: ConfigFile): string {
  return typeof text === 'string' ? text : text();
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isClassInstance(value);
}

function underlay(document: JsonObject, fragment: JsonObject): JsonObject {
  const result = { ...document };
  for (const key of Object.keys(fragment)) {
    const [theirs, ours] = [result[key], fragment[key]];
    if (theirs === undefined) result[key] = ours;
    else if (isObject(theirs) && isObject(ours)) result[key] = underlay(theirs, ours);
  }
  return result;
}

function withList(document: JsonObject, path: readonly string[], values: readonly string[], mode: ListMode): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return document;
  const present = document[key];
  if (rest.length > 0) {
    if (present !== undefined && !isObject(present)) return document;
    return { ...document, [key]: withList(present ?? {}, rest, values, mode) };
  }
  if (present === undefined) return { ...document, [key]: [...new Set(values)] };
  if (mode === 'yield' || !Array.isArray(present)) return document;
  return { ...document, [key]: [...new Set<unknown>([...(present as unknown[]), ...values])] };
}

/**
 * Sorts the keys: the API server gives objects back in its own order, and the bytes must not tell a laptop from a controller.
 */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  // A Lazy or a token of an author. It is resolved here, since no renderer of cdk8s looks into the text of openclaw.json.
  if (isToken(value)) return sorted(produced(value));
  if (!isObject(value)) throw new Error(`openclaw.json: a ${value.constructor.name} is no JSON: write its plain value`);
  const result: JsonObject = {};
  for (const key of sortedKeys(value)) {
    // Plain assignment of the key `__proto__` would set the prototype.
    if (key === '__proto__') Object.defineProperty(result, key, { value: sorted(value[key]), enumerable: true });
    else result[key] = sorted(value[key]);
  }
  return result;
}

/** What `value` takes at most as JSON that is indented by two, at a depth. */
function mostPrinted(value: unknown, depth: number): number {
  // Quotation marks, comma and line feed.
  if (typeof value === 'string') return 6 * value.length + 4;
  // No number, `true` or `null` is longer.
  if (typeof value !== 'object' || value === null) return 30;
  // An object of an author's stands for something else.
  if (isClassInstance(value)) return Infinity;
  const indent = 2 * depth + 2;
  let bytes = indent + 6;
  if (Array.isArray(value)) for (const item of value) bytes += indent + mostPrinted(item, depth + 1);
  else for (const key in value) bytes += indent + 6 * key.length + 4 + mostPrinted((value as JsonObject)[key], depth + 1);
  return bytes;
}
