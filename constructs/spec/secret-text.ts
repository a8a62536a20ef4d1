import type { JsonObject } from '../manifest';
import { type Issue, type PathStep, fieldPath, warning } from './issue';
import { isSecretInsteadOfName, isSecretText } from './secret-forms';

/** Fields of the API that name a Secret or a key in one; their values are names. Inside a user's own document they mean nothing. */
export const NAMES_ONLY =
  /^(?:existingSecret|secretName|(?:image)?[pP]ullSecrets|[a-zA-Z]*[sS]ecretRef|secretKeyRef|configMapKeyRef|authKeySecretKey|[a-z.]+\/auth-(?:tls-)?secret)$/;

/** What `kubectl apply` notes down: the whole document once more. Its fields have paths of their own. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Groups whose keys are the user's own words, not fields of the API. */
const OWN_WORDS = new Set(['raw', 'initialFiles']);

const ADVICE = 'looks like a secret in plain text: put it into a Secret and refer to it by envFrom or env.valueFrom.secretKeyRef';

/** What is known of a value from where it stands. */
interface Place {
  /** What the value is called: its key, the name of the environment variable, or the flag before it. */
  readonly name: string | undefined;
  readonly kind: 'field' | 'own-words' | 'name-of-secret';
}

/**
 * Warns for every text of a written document that looks like a password, token or key: spec, labels and annotations. Paths only: the text
 * itself is never repeated.
 */
export function secretTexts(document: object): Issue[] {
  const issues: Issue[] = [];
  const { metadata, spec } = document as { metadata?: JsonObject | null; spec?: unknown };
  const { labels, annotations } = metadata ?? {};
  visitObject({ metadata: { labels, annotations }, spec }, [], 'field', issues);
  return issues;
}

/** @param path the steps so far; changed and restored on the way, since a spec has thousands of them */
function visit(value: unknown, path: PathStep[], place: Place, issues: Issue[]): void {
  if (typeof value === 'string') {
    if (isSecret(value, place)) issues.push(warning(fieldPath(path), 'secret-text', ADVICE));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) visitList(value, path, place, issues);
  else visitObject(value as JsonObject, path, place.kind, issues);
}

/** In a list of arguments a value may follow its flag: `['--password', 'abc']`. */
function visitList(list: readonly unknown[], path: PathStep[], { name, kind }: Place, issues: Issue[]): void {
  let flag: string | undefined;
  for (let index = 0; index < list.length; index += 1) {
    const item = list[index];
    visitChild(item, index, path, { name: flag ?? name, kind }, issues);
    flag = typeof item === 'string' && /^--?[a-z][\w-]*$/i.test(item) ? item : undefined;
  }
}

function visitObject(object: JsonObject, path: PathStep[], kind: Place['kind'], issues: Issue[]): void {
  // An environment variable: its value goes by its name.
  const { name: variable } = object;
  for (const key in object) {
    if (key === LAST_APPLIED) continue;
    const name = key === 'value' && typeof variable === 'string' ? variable : key;
    visitChild(object[key], key, path, { name, kind: kindOf(key, kind) }, issues);
  }
}

function kindOf(key: string, outer: Place['kind']): Place['kind'] {
  if (outer !== 'field') return outer;
  if (OWN_WORDS.has(key)) return 'own-words';
  return NAMES_ONLY.test(key) ? 'name-of-secret' : 'field';
}

function visitChild(child: unknown, step: PathStep, path: PathStep[], place: Place, issues: Issue[]): void {
  path.push(step);
  visit(child, path, place, issues);
  path.pop();
}

function isSecret(text: string, { name, kind }: Place): boolean {
  return kind === 'name-of-secret' ? isSecretInsteadOfName(text) : isSecretText(text, name);
}
