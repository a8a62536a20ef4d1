import type { ConfigMapFact, Facts } from '../../spec/facts';
import { type Issue, type PathStep, cutStep, fieldPath, warning } from '../../spec/issue';
import { isObject, type JsonObject } from '../../spec/json';
import { quote } from '../../schema/quote';
import { Censor } from './censor';
import { isSecretText } from './secret-forms';
import { type TextPlace, type TextVisitor, TextWalk, isSecretAt } from './walk';

const ADVICE = 'looks like a secret in plain text: put it into a Secret and refer to it by envFrom or env.valueFrom.secretKeyRef';

/** Where a finding stands that no field of the document can be named for. */
const SPEC = 'spec';

/** What stands in a path for a key that is a secret. */
const MASK = '*';

/** What stands in a message for a text that is one. */
const WITHHELD = '(withheld)';

/** A text that looks like a secret, and where it stands. */
interface SecretText {
  readonly text: string;
  /** Into the document, as far as it is YAML. */
  readonly path: readonly PathStep[];
  /** From there on into what stands there. Empty: the text itself. */
  readonly inner: readonly PathStep[];
  /** @default - JSON inside the text */
  readonly isInConfigMap?: boolean;
}

/** Everything in a document that looks like a password, token or key: texts, numbers under such a name, keys, and JSON inside of texts. */
function findSecretTexts(document: object, place?: TextPlace): SecretText[] {
  const finder = new Finder(undefined, (document as JsonObject)['kind']);
  new TextWalk(finder).visit(document, place);
  return finder.found;
}

/** Fields of objects of other projects that name a Secret. */
export function namesSecret(kind: unknown, key: string): boolean {
  return kind === 'Middleware' && key === 'secret';
}

class Finder implements TextVisitor {
  public readonly found: SecretText[] = [];

  public constructor(
    private readonly configMaps?: Facts['configMaps'],
    /** Of the object that is looked at. */
    private readonly kind?: unknown,
  ) {}

  public text(text: string, place: TextPlace, path: readonly PathStep[]): void {
    if (isSecretAt(text, place)) this.add(text, place, path);
  }

  public key(key: string, place: TextPlace, path: readonly PathStep[]): string {
    if (!isSecretText(key)) return key;
    this.add(key, place, [...path, MASK]);
    return MASK;
  }

  public isNameOfSecret(key: string): boolean {
    return namesSecret(this.kind, key);
  }

  /** The text that the pod gets stands there, not here; the finding stands here, where it can be mended. */
  public configMapRef(value: unknown, path: readonly PathStep[]): void {
    const { name, key } = isObject(value) ? value : {};
    const map = typeof name === 'string' ? this.configMaps?.get(name) : undefined;
    if (map === undefined) return;
    for (const { text, path: inner, inner: deeper } of findSecretTexts(textsOf(map, key), {
      name: undefined,
      kind: 'own-words',
      depth: 0,
      start: 0,
    })) {
      this.found.push({ text, path: [...path], inner: [...inner, ...deeper], isInConfigMap: true });
    }
  }

  private add(text: string, { depth, start }: TextPlace, path: readonly PathStep[]): void {
    const end = depth === 0 ? path.length : start;
    this.found.push({ text, path: path.slice(0, end), inner: path.slice(end) });
  }
}

/** @param key the only one that is read. @default - all are */
function textsOf({ data }: ConfigMapFact, key: unknown): JsonObject {
  if (typeof key !== 'string') return data;
  return Object.hasOwn(data, key) ? { [key]: data[key] } : {};
}

/**
 * Warns for every text of a written document that looks like a password, token or key: spec, labels and annotations, the ConfigMaps whose text
 * it takes, and the variables that the cluster defaults give it. Paths only: the text itself is never repeated.
 */
export function secretTexts(document: object, facts: Facts = {}): readonly Issue[] {
  return lookForSecrets(document, facts).issues;
}

/** What looks like a secret in a document, and how to speak of the document without repeating it. */
export interface SecretLook {
  readonly issues: readonly Issue[];
  /** An issue of any rule, without the secrets that its path or message would quote. */
  readonly conceal: (issue: Issue) => Issue;
}

/** {@link secretTexts}, for whoever has other things to say about the document. */
export function lookForSecrets(document: object, facts: Facts): SecretLook {
  const found = findInDocument(document, facts);
  const defaults = findInDefaults(facts);
  const issues = [...found.map(toIssue), ...defaults.map(ofDefaults)];
  return { issues, conceal: concealerOf([...found, ...defaults]) };
}

/** A shorter text may stand in a message by chance. */
const SHORTEST_QUOTE = 6;

function concealerOf(found: readonly SecretText[]): SecretLook['conceal'] {
  if (found.length === 0) return (issue) => issue;
  const keys = new Censor(found.filter(({ path, inner }) => (inner.at(-1) ?? path.at(-1)) === MASK).map(({ text }) => cutStep(text)));
  const quotes = new Censor(found.map(({ text }) => quotedPart(text)).filter((text) => text.length >= SHORTEST_QUOTE));
  return (issue) => {
    const path = keys.replace(issue.path, MASK);
    const message = keys.replace(quotes.replace(issue.message, WITHHELD), WITHHELD);
    return path === issue.path && message === issue.message ? issue : { ...issue, path, message };
  };
}

/** As messages quote a value: JSON, of which they show the beginning. */
function quotedPart(text: string): string {
  return quote(text).replaceAll(/^"|(?:\.\.\.)?"$/g, '');
}

function findInDocument(document: object, { configMaps }: Facts): SecretText[] {
  const { metadata, spec } = document as { metadata?: JsonObject | null; spec?: unknown };
  const { labels, annotations } = metadata ?? {};
  const finder = new Finder(configMaps);
  new TextWalk(finder).visit({ metadata: { labels, annotations }, spec });
  return finder.found;
}

function findInDefaults({ clusterDefaults }: Facts): SecretText[] {
  return clusterDefaults?.env === undefined ? [] : findSecretTexts({ spec: { env: clusterDefaults.env } });
}

function toIssue({ path, inner, isInConfigMap = false }: SecretText): Issue {
  const place = inner.length === 0 ? '' : `what stands at ${fieldPath(inner)} of ${isInConfigMap ? 'that ConfigMap' : 'its text'} `;
  return warning(fieldPath(path), 'secret-text', `${place}${ADVICE}`);
}

function ofDefaults({ path, inner }: SecretText): Issue {
  return warning('spec.env', 'secret-text', `what stands at ${fieldPath([...path, ...inner])} of the OpenClawClusterDefaults ${ADVICE}`);
}

/** So many texts that were not told of word for word are compared with each that was: both are as many as a tenant likes. */
const MOST_COMPARED = 200;

/**
 * The same eyes on what is rendered: what looks like a secret there, and was not told of the written document. Whatever way a text took, it ends
 * here.
 *
 * @param manifests what was rendered of the document
 */
export function renderedSecretTexts(manifests: readonly object[], document: object, facts: Facts): Issue[] {
  const found = manifests.flatMap((manifest) =>
    findSecretTexts(manifest).map((secret) => ({ ...secret, manifest: manifest as JsonObject })),
  );
  if (found.length === 0) return [];
  const told = [...findInDocument(document, facts), ...findInDefaults(facts)].map(({ text }) => text);
  const words = new Set(told);
  // Of a text that was told of, a part may have been rendered, or it and more.
  const others = found.filter(({ text }) => !words.has(text)).slice(0, MOST_COMPARED);
  return others
    .filter(({ text }) => !told.some((one) => one.includes(text) || text.includes(one)))
    .map(({ path, inner, manifest: { kind, metadata } }) => {
      const name = isObject(metadata) ? metadata['name'] : undefined;
      return warning(SPEC, 'secret-text', `${String(kind)} ${String(name)}: what stands at ${fieldPath([...path, ...inner])} ${ADVICE}`);
    });
}
