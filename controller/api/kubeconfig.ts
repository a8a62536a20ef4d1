import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';

/** A kubeconfig as far as we touch it; all else passes through as it is. */
export interface Kubeconfig {
  readonly clusters: readonly NamedEntry[];
  readonly contexts: readonly NamedEntry[];
  readonly users: readonly (NamedEntry & { readonly user?: KubeconfigUser })[];
  readonly 'current-context'?: string;
}

interface NamedEntry {
  readonly name: string;
}

export interface KubeconfigUser {
  readonly tokenFile?: string;
  readonly 'as-groups'?: readonly string[];
  readonly exec?: { readonly command?: string; readonly env?: readonly unknown[]; readonly [field: string]: unknown } | null;
  readonly [field: string]: unknown;
}

/**
 * Reads one file, or several as `KUBECONFIG` names them: of two entries with one name the first counts, and files that are not there are passed
 * over. Every path in it comes back absolute.
 *
 * @throws Error if none of the files is there, or one cannot be read or is no kubeconfig
 */
export function readKubeconfig(paths: string): Kubeconfig {
  const files = paths.split(delimiter).filter(Boolean);
  const there = files.filter((file) => existsSync(file));
  if (there.length === 0)
    throw new Error(`kubeconfig ${files.join(', ')}: there is no such file; name one that is, by --kubeconfig or KUBECONFIG`);
  const configs = there.map(readOne);
  const current = configs.find((config) => config['current-context'])?.['current-context'];
  return {
    clusters: firstOfEachName(configs.flatMap(({ clusters }) => clusters)),
    contexts: firstOfEachName(configs.flatMap(({ contexts }) => contexts)),
    users: firstOfEachName(configs.flatMap(({ users }) => users)),
    ...(current !== undefined && { 'current-context': current }),
  };
}

function readOne(file: string): Kubeconfig {
  const folder = dirname(resolve(file));
  const document = parseDocument(textOf(file));
  const [fault] = document.errors;
  // Its message quotes the line, which may hold a token.
  if (fault) throw new Error(`kubeconfig ${file}: not readable as YAML (${fault.code})`);
  const config = document.toJS() as Partial<Kubeconfig> | null;
  if (typeof config !== 'object' || config === null || Array.isArray(config)) throw new Error(`kubeconfig ${file}: it is no kubeconfig`);
  const { clusters, contexts, users } = config;
  return {
    ...config,
    clusters: (clusters ?? []).map((entry) => withPaths(entry, 'cluster', ['certificate-authority'], folder)),
    contexts: contexts ?? [],
    users: (users ?? []).map((entry) => {
      const named = withPaths(entry, 'user', ['client-certificate', 'client-key', 'tokenFile'], folder);
      return named.user?.exec ? { ...named, user: { ...named.user, exec: withCommandPath(named.user.exec, folder) } } : named;
    }),
  };
}

/** The text of a file; its path stands in whatever goes wrong. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`kubeconfig ${file}: it cannot be read (${code}); name a file that you may read, by --kubeconfig or KUBECONFIG`, {
      cause,
    });
  }
}

function withPaths<Entry extends object>(entry: Entry, content: string, fields: readonly string[], folder: string): Entry {
  const value = (entry as Record<string, unknown>)[content];
  if (typeof value !== 'object' || value === null) return entry;
  const paths = Object.entries(value).filter(([field, path]) => fields.includes(field) && typeof path === 'string' && path !== '');
  const absolute = Object.fromEntries(paths.map(([field, path]) => [field, resolve(folder, String(path))]));
  return { ...entry, [content]: { ...value, ...absolute } };
}

/** A command with a slash is looked for beside the file, as kubectl does; one without, in PATH. */
function withCommandPath<Exec extends { readonly command?: string }>(exec: Exec, folder: string): Exec {
  const { command } = exec;
  return command !== undefined && command.includes('/') && !isAbsolute(command) ? { ...exec, command: join(folder, command) } : exec;
}

function firstOfEachName<Entry extends { readonly name: string }>(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ name }, place) => entries.findIndex((entry) => entry.name === name) === place);
}
