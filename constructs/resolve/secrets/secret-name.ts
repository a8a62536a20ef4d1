const WORDS =
  'pass(?:word|phrase|wd|code)|secret|token|api[-_]?key|access[-_]?key(?:[-_]?id)?|private[-_]?key|client[-_]?key|auth[-_]?key|account[-_]?key|' +
  'secret[-_]?key|signing[-_]?key|encryption[-_]?key|license[-_]?key';

/** Names whose literal value is a secret: `apiKey`, `botToken`, `ANTHROPIC_API_KEY`, `db_password`, `--auth-key`. */
const SECRET_NAME = new RegExp(`(?:${WORDS}|credential|(?:^|[-_])(?:pass|pwd))s?$|^authorization$`, 'i');

/** Names of a Secret, or of how much of something there is. */
const OTHER_NAME = /(?:^|[-_.])existing[-_]?secret$/i;

/** Names whose value is the name of a Secret of Kubernetes: `TS_KUBE_SECRET`. */
const OBJECT_NAME = /(?:^|[-_])(?:kube|k8s)[-_]secret$/i;

export function isNameOfObject(name: string): boolean {
  return OBJECT_NAME.test(name.length > LONGEST ? name.slice(-LONGEST) : name);
}

/** The end of a name tells; a longer one is a text. */
const LONGEST = 128;

/** Whether the literal value of what bears this name is a secret. */
export function isNameOfSecret(name: string): boolean {
  return mayEndName(name.charCodeAt(name.length - 1)) && SECRET_NAME.test(name.length > LONGEST ? name.slice(-LONGEST) : name);
}

/** The same for a name in a text, where fields of the API have no meaning of their own. */
export function isNameOfSecretInText(name: string): boolean {
  return isNameOfSecret(name) && !OTHER_NAME.test(name);
}

/** The last letters of all names of secrets, both cases. */
const LAST_LETTERS = new Set(Array.from('dentylsDENTYLS', (letter) => letter.charCodeAt(0)));

/** Spares most names the expression. */
function mayEndName(code: number): boolean {
  return LAST_LETTERS.has(code);
}

/** `maxTokens: 4096` and the like count tokens; `tokens` of a language model are no secrets. */
const COUNT = /(?:tokens|(?:max|min|num|total|budget|per|limit|count)[-_]?token)$/i;

export function isNameOfCount(name: string): boolean {
  return COUNT.test(name.length > LONGEST ? name.slice(-LONGEST) : name);
}
