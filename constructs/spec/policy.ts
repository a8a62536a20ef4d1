import type { JsonObject } from './json';
import type { GrantedRule } from './rbac-rules';

/** Where the administrator's policy stands: a ConfigMap in the controller's own namespace, or among the files of `synth`. */
export const POLICY = { name: 'openclaw-policy', key: 'policy.json' } as const;

/** What an administrator lets the users of some namespaces do. */
export interface Policy {
  /** Rights beyond the default that `additionalRules` may give. */
  readonly rules: readonly (GrantedRule & InNamespaces)[];
  /** The deliveries that may be chosen. A namespace that no entry names may choose any. */
  readonly delivery: readonly ({ readonly allow: readonly string[] } & InNamespaces)[];
  /** Repositories that are read with the controller's GITHUB_TOKEN: `owner/repository`, or a star at the end. Without an entry it serves nobody. */
  readonly skillPacks: readonly ({ readonly repositories: readonly string[] } & InNamespaces)[];
  /** Paths in the bucket of the installation that may be restored: with a star at the end any that begin so, else a folder and what is in it. */
  readonly restores: readonly ({ readonly paths: readonly string[] } & InNamespaces)[];
  /**
   * Releases that `spec.autoUpdate` may go to, with a star at the end any that begin so; an empty list holds all updates. A namespace that no entry names
   * goes to any.
   */
  readonly updates: readonly ({ readonly releases: readonly string[] } & InNamespaces)[];
  /** Why it cannot be read; nothing is widened then. @default - it can */
  readonly mistake?: string;
}

interface InNamespaces {
  /** Names; a star at the end stands for any rest. */
  readonly namespaces: readonly string[];
}

/** What holds where no administrator has said anything. */
export const NO_POLICY: Policy = { rules: [], delivery: [], skillPacks: [], restores: [], updates: [] };

/** The last policy that was read: there is one, and every instance asks. */
let last: { readonly text: string; readonly policy: Policy } | undefined;

/** Reads the text of a policy. One with a mistake widens nothing and locks nothing; it says what is wrong. */
export function readPolicy(text: string): Policy {
  if (last?.text !== text) last = { text, policy: parsed(text) };
  return last.policy;
}

function parsed(text: string): Policy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ...NO_POLICY, mistake: 'it is no JSON' };
  }
  if (!isObject(value)) return { ...NO_POLICY, mistake: 'it is no JSON object' };
  const { rules = [], delivery = [], skillPacks = [], restores = [], updates = [], ...rest } = value;
  const [unknown] = Object.keys(rest);
  const mistake =
    (unknown === undefined
      ? undefined
      : `it has a field ${JSON.stringify(unknown)}: use "rules", "delivery", "skillPacks", "restores" and "updates"`) ??
    mistakeIn('rules', rules, ['namespaces', 'apiGroups', 'resources', 'verbs']) ??
    mistakeIn('delivery', delivery, ['namespaces', 'allow']) ??
    mistakeIn('skillPacks', skillPacks, ['namespaces', 'repositories']) ??
    mistakeIn('restores', restores, ['namespaces', 'paths']) ??
    mistakeIn('updates', updates, ['namespaces', 'releases']);
  if (mistake !== undefined) return { ...NO_POLICY, mistake };
  return { rules, delivery, skillPacks, restores, updates } as unknown as Policy;
}

function mistakeIn(field: string, entries: unknown, wanted: readonly string[]): string | undefined {
  if (!Array.isArray(entries)) return `"${field}" is no list`;
  for (const [index, entry] of (entries as unknown[]).entries()) {
    const place = `${field}[${index}]`;
    if (!isObject(entry)) return `${place} is no object`;
    for (const name of wanted) if (!isTexts(entry[name])) return `${place}.${name} has to be a list of texts`;
    const unknown = Object.keys(entry).find((name) => !wanted.includes(name));
    if (unknown !== undefined) return `${place} has a field ${JSON.stringify(unknown)}`;
  }
  return undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

/** Those entries of a policy that are about a namespace. */
export function entriesFor<E extends InNamespaces>(entries: readonly E[], namespace = ''): E[] {
  return entries.filter(({ namespaces }) => namespaces.some((pattern) => matches(pattern, namespace)));
}

function matches(pattern: string, namespace: string): boolean {
  return pattern.endsWith('*') ? namespace.startsWith(pattern.slice(0, -1)) : pattern === namespace;
}

/** The deliveries that a namespace may choose; `undefined` where it may choose any. */
export function allowedDeliveries({ delivery }: Policy, namespace: string): readonly string[] | undefined {
  const entries = entriesFor(delivery, namespace);
  return entries.length === 0 ? undefined : entries.flatMap(({ allow }) => allow);
}

/** Whether the controller's own token may read a repository for the users of a namespace. GitHub does not tell upper case from lower. */
export function mayUseToken({ skillPacks }: Policy, namespace: string, repository: string): boolean {
  return entriesFor(skillPacks, namespace).some(({ repositories }) =>
    repositories.some((pattern) => matches(pattern.toLowerCase(), repository.toLowerCase())),
  );
}

/** Whether an administrator opens a path in the bucket of the installation to the users of a namespace. */
export function opensPath({ restores }: Policy, namespace: string, path: string): boolean {
  return entriesFor(restores, namespace).some(({ paths }) =>
    paths.some((pattern) => matches(pattern, path) || path.startsWith(`${pattern}/`)),
  );
}

/** Whether an administrator lets the instances of a namespace be updated to a release. */
export function mayUpdate({ updates }: Policy, namespace: string, release: string): boolean {
  const entries = entriesFor(updates, namespace);
  return entries.length === 0 || entries.some(({ releases }) => releases.some((pattern) => matches(pattern, release)));
}
