import type { JsonObject } from '../manifest';
import { type Issue, type PathStep, fieldPath, warning } from './issue';

/** Texts that are secrets by their own form, wherever they stand. One expression: it runs over every string of a spec. */
const SECRET_FORMS = new RegExp(
  [
    '-----BEGIN [A-Z ]*PRIVATE KEY',
    '\\bsk-[A-Za-z0-9_-]{20,}', // OpenAI, Anthropic, OpenRouter
    '\\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36}',
    '\\bgithub_pat_[A-Za-z0-9_]{22,}',
    '\\bglpat-[A-Za-z0-9_-]{20}',
    '\\bxox[abeoprs]-[A-Za-z0-9-]{10,}', // Slack
    '\\bxapp-\\d-[A-Za-z0-9-]{10,}',
    '\\bAKIA[A-Z0-9]{16}\\b',
    '\\bAIza[A-Za-z0-9_-]{35}\\b', // Google
    '\\bgsk_[A-Za-z0-9]{20,}', // Groq
    '\\bxai-[A-Za-z0-9]{20,}',
    '\\btskey-[a-z]+-[A-Za-z0-9-]{10,}', // Tailscale
    '\\bnpm_[A-Za-z0-9]{36}\\b',
    '\\bhf_[A-Za-z0-9]{30,}',
    '\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}', // a JSON web token
    '\\b\\d{8,10}:AA[A-Za-z0-9_-]{33}\\b', // a Telegram bot
    '://[^\\s/:@]+:[^\\s/@${}]{3,}@', // user and password in a URL
  ].join('|'),
);

/** Names whose literal value is a secret: `apiKey`, `botToken`, `ANTHROPIC_API_KEY`, `db_password`. */
const SECRET_NAME = /(?:pass(?:word|phrase|wd)|secret|token|api_?key|access_?key|private_?key|client_?key|auth_?key|credential)s?$/i;

/** `name = value` in text: a file, a script, an argument. */
const ASSIGNMENT =
  /(?:pass(?:word|phrase|wd)|secret|token|api_?key|access_?key(?:_?id)?|private_?key|auth_?key)["']?\s*[:=]\s*["']?(?![$<{\s"'])[^\s"',;]{8,}/i;

/** A reference, not a value: `${ANTHROPIC_API_KEY}`, `$(TOKEN)`. */
const REFERENCE = /^\s*(?:\$\{[^}]+\}|\$\([^)]+\))\s*$/;

/** Fields that name a Secret or a key in one; their values are names. */
const NAMES_ONLY = /(?:Secret|SecretName|secretName|Secrets|SecretRef|secretRef|SecretKey|KeyRef)$/;

const ADVICE = 'looks like a secret in plain text: put it into a Secret and refer to it by envFrom or env.valueFrom.secretKeyRef';

/**
 * Warns for every text of a written document, metadata included, that looks like a password, token or key. Paths only: the text itself is
 * never repeated.
 */
export function secretTexts(document: object): Issue[] {
  const issues: Issue[] = [];
  visitObject(document as JsonObject, [], issues);
  return issues;
}

/**
 * @param path the steps so far; changed and restored on the way, since a spec has thousands of them
 * @param name what the value is called: its key, or the name of the environment variable
 */
function visit(value: unknown, path: PathStep[], name: string | undefined, issues: Issue[]): void {
  if (typeof value === 'string') {
    if (isSecret(value, name)) issues.push(warning(fieldPath(path), 'secret-text', ADVICE));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) visitChild(value[index], index, path, name, issues);
    return;
  }
  visitObject(value as JsonObject, path, issues);
}

function visitObject(object: JsonObject, path: PathStep[], issues: Issue[]): void {
  // An environment variable: its value goes by its name.
  const { name: variable } = object;
  for (const key in object) {
    if (NAMES_ONLY.test(key)) continue;
    visitChild(object[key], key, path, key === 'value' && typeof variable === 'string' ? variable : key, issues);
  }
}

function visitChild(child: unknown, step: PathStep, path: PathStep[], name: string | undefined, issues: Issue[]): void {
  path.push(step);
  visit(child, path, name, issues);
  path.pop();
}

function isSecret(text: string, name: string | undefined): boolean {
  if (text.length < 4) return false;
  if (name !== undefined && SECRET_NAME.test(name) && !REFERENCE.test(text)) return true;
  return text.length >= 12 && (SECRET_FORMS.test(text) || ASSIGNMENT.test(text));
}
