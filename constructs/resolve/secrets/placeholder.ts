/** What people write where a secret is to come, or where a program wants one and needs none. */

/** A longer text is no placeholder; the limit bounds the work, too. */
const LONGEST = 128;

const WORDS = new Set(
  (
    'true false yes no on off none null nil undefined auto default required optional disabled enabled anonymous ollama ollama-local lm-studio ' +
    'lmstudio localai vllm local not-needed notneeded not-required not-used unused ignored no-key no-key-required sk-no-key-required ' +
    'sk-no-key no-api-key none-required na n/a dummy dummy-key empty fake placeholder changeme change-me change_me changeit example sample ' +
    'test todo tbd secret password passwd pass user:pass redacted masked hidden your-key your-token my-key my-token my-secret token apikey api-key'
  ).split(' '),
);

/** Parts of a placeholder, between hyphens and the like: `your-key-goes-here`, `sk-dummy-1`. */
const TELLING_PARTS = new Set(
  'your yours example examples placeholder changeme dummy fake redacted sample replace replaceme insert here todo needed required xxx'.split(
    ' ',
  ),
);

/** Stands in a placeholder as a word of its own or not. */
const TELLING_TEXT =
  /example|placeholder|changeme|change[-_]me|replace[-_]?(?:me|with)|redacted|not[-_ ]?needed|x{5}|\*{3}|\.{3}|^(.)\1{3,}$/i;

/** `<token>`, `[token]`, `{{ token }}`, `%TOKEN%`, `__TOKEN__`. */
const BRACKETED = /^(?:<[^<>]*>|\[[^[\]]*\]|\{\{.*\}\}|\{[^{}]*\}|%[A-Z_]+%|__\w+__)$/s;

/** The name of a variable that holds a secret: `OPENAI_API_KEY`. */
const NAME_OF_VARIABLE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|PWD|CREDENTIALS?)$/;

/** A reference, not a value: `${ANTHROPIC_API_KEY}`, `Bearer $(TOKEN)`, `$TOKEN`. */
const REFERENCE = /^\s*(?:(?:bearer|basic|token)\s+)?(?:\$\{[^}]+\}|\$\([^)]+\)|\$[A-Za-z_]\w*|\{\{[^{}]*\}\}|<[^<>]*>)\s*$/i;

/** Where a secret lies, in the words of programs that fetch it. */
const LOCATION =
  /^(?:(?:op|vault|secretref|secret|secrets|env|file|keychain|keyring|sops|awssm|aws-sm|gcpsm|gcp-sm|azurekv|ssm|bws|doppler|infisical):|arn:aws:(?:secretsmanager|ssm):|projects\/[\w-]+\/secrets\/)/i;

/** Where a secret lies, not the secret. */
const FILE_PATH = /^(?:~|\.|\/(?:etc|var|run|home|tmp|opt|usr|secrets?|mnt|srv|root|data|app|certs?|operator-config))\/[\w./-]+$/;

/** Whether a text under the name of a secret is none. */
export function isPlaceholder(text: string): boolean {
  if (text.length > LONGEST) return isReference(text);
  const plain = text.trim();
  if (WORDS.has(plain.toLowerCase()) || isReference(plain) || BRACKETED.test(plain)) return true;
  return LOCATION.test(plain) || NAME_OF_VARIABLE.test(plain) || isPlaceholderToken(plain);
}

/** A longer one is a text that begins like a reference. */
const LONGEST_REFERENCE = 512;

function isReference(text: string): boolean {
  return text.length <= LONGEST_REFERENCE && (REFERENCE.test(text) || FILE_PATH.test(text));
}

/** Whether the body of a token, behind its prefix, was written by a person: `xxxxxxxx`, `your-key-here`, `IOSFODNN7EXAMPLE`. */
export function isPlaceholderToken(body: string): boolean {
  return (
    TELLING_TEXT.test(body) ||
    body
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .some((part) => TELLING_PARTS.has(part))
  );
}
