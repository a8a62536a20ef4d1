import type { JsonObject } from '../spec/json';
import { type Issue, type PathStep, fieldPath, warning } from '../spec/issue';
import { isSecretInsteadOfName, isSecretText } from './secret-forms';

/** Fields of the API that name a Secret or a key in one; their values are names. Inside a user's own document they mean nothing. */
export const NAMES_ONLY =
  /^(?:existingSecret|secretName|(?:image)?[pP]ullSecrets|[a-zA-Z]*[sS]ecretRef|secretKeyRef|configMapKeyRef|authKeySecretKey|[a-z.]+\/auth-(?:tls-)?secret)$/;

/** What `kubectl apply` notes down: the whole document once more. Its fields have paths of their own. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Groups whose keys are the user's own words, not fields of the API. */
const OWN_WORDS = new Set(['raw', 'initialFiles']);

const ADVICE = 'looks like a secret in plain text: put it into a Secret and refer to it by envFrom or env.valueFrom.secretKeyRef';

/** What the keys around a value mean. */
type TextKind = 'field' | 'own-words' | 'name-of-secret';

/** A walk through a document. The path is changed and restored on the way, since a spec has thousands of values. */
interface Walk {
  readonly path: PathStep[];
  readonly issues: Issue[];
}

/**
 * Warns for every text of a written document that looks like a password, token or key: spec, labels and annotations. Paths only: the text
 * itself is never repeated.
 */
export function secretTexts(document: object): Issue[] {
  const walk: Walk = { path: [], issues: [] };
  const { metadata, spec } = document as { metadata?: JsonObject | null; spec?: unknown };
  const { labels, annotations } = metadata ?? {};
  visitObject({ metadata: { labels, annotations }, spec }, 'field', walk);
  return walk.issues;
}

/** @param name what the value is called: its key, the name of the environment variable, or the flag before it */
function visit(value: unknown, name: string | undefined, kind: TextKind, walk: Walk): void {
  if (typeof value === 'string') {
    if (isSecret(value, name, kind)) walk.issues.push(warning(fieldPath(walk.path), 'secret-text', ADVICE));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) visitList(value, name, kind, walk);
  else visitObject(value as JsonObject, kind, walk);
}

/** In a list of arguments a value may follow its flag: `['--password', 'abc']`. */
function visitList(list: readonly unknown[], name: string | undefined, kind: TextKind, walk: Walk): void {
  let flag: string | undefined;
  for (let index = 0; index < list.length; index += 1) {
    const item = list[index];
    walk.path.push(index);
    visit(item, flag ?? name, kind, walk);
    walk.path.pop();
    flag = isFlag(item) ? item : undefined;
  }
}

function isFlag(item: unknown): item is string {
  return typeof item === 'string' && item.startsWith('-') && /^--?[a-z][\w-]*$/i.test(item);
}

function visitObject(object: JsonObject, kind: TextKind, walk: Walk): void {
  // An environment variable: its value goes by its name.
  const { name: variable } = object;
  for (const key in object) {
    const value = object[key];
    if ((typeof value !== 'string' && typeof value !== 'object') || key === LAST_APPLIED) continue;
    walk.path.push(key);
    visit(value, key === 'value' && typeof variable === 'string' ? variable : key, kindOf(key, kind), walk);
    walk.path.pop();
  }
}

function kindOf(key: string, outer: TextKind): TextKind {
  if (outer !== 'field') return outer;
  if (OWN_WORDS.has(key)) return 'own-words';
  // All of NAMES_ONLY have one of these in them, and hardly any other key has.
  return (key.includes('ecret') || key.endsWith('KeyRef')) && NAMES_ONLY.test(key) ? 'name-of-secret' : 'field';
}

function isSecret(text: string, name: string | undefined, kind: TextKind): boolean {
  return kind === 'name-of-secret' ? isSecretInsteadOfName(text) : isSecretText(text, name);
}
