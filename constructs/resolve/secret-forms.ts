import { hasLongWord } from './long-word';

/** Texts that are secrets by their own form, wherever they stand. One expression: it runs over every string that may hold one. */
export const FORMS = new RegExp(
  [
    '-----BEGIN [A-Z ]*PRIVATE KEY',
    '\\bsk-(?=[A-Za-z_-]*\\d)[A-Za-z0-9_-]{20,}', // OpenAI, Anthropic, OpenRouter
    '\\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36}',
    '\\bgithub_pat_[A-Za-z0-9_]{22,}',
    '\\bglpat-[A-Za-z0-9_-]{20}',
    '\\bxox[abeoprs]-[A-Za-z0-9-]{10,}', // Slack
    '\\bxapp-\\d-[A-Za-z0-9-]{10,}',
    '\\bAKIA[A-Z0-9]{16}\\b',
    '\\bAIza[A-Za-z0-9_-]{35}\\b', // Google
    '\\bgsk_[A-Za-z0-9]{20,}', // Groq
    '\\bxai-[A-Za-z0-9]{20,}',
    '\\b[sr]k_live_[A-Za-z0-9]{16,}', // Stripe
    '\\btskey-[a-z]+-[A-Za-z0-9-]{10,}', // Tailscale
    '\\bnpm_[A-Za-z0-9]{36}\\b',
    '\\bhf_[A-Za-z0-9]{30,}',
    '\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}', // a JSON web token
    '\\b\\d{8,10}:AA[A-Za-z0-9_-]{33}\\b', // a Telegram bot
    '\\b[MNO][A-Za-z0-9_-]{23,25}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,}', // a Discord bot
    '://[^\\s/:@]+:[^\\s/@${}]{3,}@(?!sha256:)', // user and password in a URL
  ].join('|'),
);

/** Each form has a word of letters, digits, `_` and `-` that is at least this long, but for private keys and URLs. */
const SHORTEST_WORD = 13;

/** A quick look that spares nearly all texts the expression. It never says no to a text that the expression finds. */
function mayHoldForm(text: string): boolean {
  return hasLongWord(text, SHORTEST_WORD) || text.includes('-----BEGIN ') || (text.includes('@') && text.includes('://'));
}

/** Whether a token, key or password stands in a text, by its own form. */
export function holdsForm(text: string): boolean {
  return mayHoldForm(text) && FORMS.test(text);
}

const WORDS = 'pass(?:word|phrase|wd)|secret|token|api[-_]?key|access[-_]?key(?:[-_]?id)?|private[-_]?key|client[-_]?key|auth[-_]?key';

/** Names whose literal value is a secret: `apiKey`, `botToken`, `ANTHROPIC_API_KEY`, `db_password`, `--auth-key`. */
const SECRET_NAME = new RegExp(`(?:${WORDS}|credential|(?:^|[-_])(?:pass|pwd))s?$|^authorization$`, 'i');

/** An expression in code: `process.env.TOKEN`, `os.environ[`, `getToken(`. */
const EXPRESSION = String.raw`(?:new\s|await\s|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[A-Za-z_]\w*[[(])`;

/**
 * `name = value` in text: a file, a script, an argument. In prose a colon is common ("token: required"), so that after one the value has to be
 * quoted, or to have a digit in it.
 */
const ASSIGNMENT = new RegExp(
  `(?<!existing[-_]?)(?:${WORDS})["']?(?:\\s*=\\s*["']?|\\s*:\\s*["']|\\s*:\\s*(?=[^\\s"',;]*\\d))(?![$<{\\s"'/]|${EXPRESSION})[^\\s"',;]{8,}`,
  'i',
);

/** A reference, not a value: `${ANTHROPIC_API_KEY}`, `Bearer $(TOKEN)`, `$TOKEN`. */
const REFERENCE = /^\s*(?:(?:bearer|basic|token)\s+)?(?:\$\{[^}]+\}|\$\([^)]+\)|\$[A-Za-z_]\w*)\s*$/i;

/** Where a secret lies, not the secret. */
const FILE_PATH = /^(?:~|\/(?:etc|var|run|home|tmp|opt|usr|secrets?|mnt|srv|root|data|app|certs?|operator-config))\/[\w./-]+$/;

/** A switch, or the placeholder that the local model server takes for a key. */
const PLACEHOLDER = /^(?:true|false|yes|no|on|off|none|null|auto|required|optional|ollama(?:-local)?)$/i;

/** An object name, which no token is. */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** Whether a text looks like a password, token or key. @param name what the text is called: a field, a variable, a flag */
export function isSecretText(text: string, name: string | undefined): boolean {
  if (text.length < 4) return false;
  if (name !== undefined && SECRET_NAME.test(name) && !isHarmless(text, name)) return true;
  return text.length >= 12 && (holdsForm(text) || holdsAssignment(text));
}

function holdsAssignment(text: string): boolean {
  return (text.includes('=') || text.includes(':')) && ASSIGNMENT.test(text);
}

function isHarmless(text: string, name: string): boolean {
  if (/tokens$/i.test(name) && /^\d+$/.test(text)) return true;
  return REFERENCE.test(text) || FILE_PATH.test(text) || PLACEHOLDER.test(text);
}

/** The same for a text that should be the name of an object: a token may have been written where its Secret belongs. */
export function isSecretInsteadOfName(text: string): boolean {
  return text.length >= 12 && !OBJECT_NAME.test(text) && holdsForm(text);
}
