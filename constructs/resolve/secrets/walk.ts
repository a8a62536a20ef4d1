import { DEEPEST, tooDeepPath } from '../../spec/depth';
import { isObject, type JsonObject } from '../../spec/json';
import type { PathStep } from '../../spec/issue';
import { isSecretInsteadOfName, isSecretText } from './secret-forms';

/** Fields of the API that name a Secret or a key in one; their values are names. Inside a user's own document they mean nothing. */
const NAMES_ONLY =
  /^(?:existingSecret|secretName|(?:image)?[pP]ullSecrets|[a-zA-Z]*[sS]ecretRef|secretKeyRef|configMapKeyRef|authKeySecretKey|[a-z.]+\/auth-(?:tls-)?secret)$/;

/** What `kubectl apply` notes down: the whole document once more. Its fields have paths of their own. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Groups whose keys are the user's own words, not fields of the API. */
const OWN_WORDS = new Set(['raw', 'initialFiles']);

/** JSON inside JSON inside JSON: deeper than anyone writes by intent. */
const DEEPEST_JSON = 3;

/** Levels of a text that is JSON. A deeper one is looked at as a text. */
const LEVELS_OF_JSON = 100;

/** What is rendered stands a few levels deeper than where the user wrote it. */
const LONGEST_PATH = DEEPEST + DEEPEST_JSON * LEVELS_OF_JSON + 50;

/** No secret is shorter, and most keys are. */
const SHORTEST_KEY = 8;

/** What the keys around a value mean. */
export type TextKind = 'field' | 'own-words' | 'name-of-secret';

/** Where a text stands, and what is known of it from that. */
export interface TextPlace {
  /** What it is called: its key, the name of the environment variable, or the flag before it. */
  readonly name: string | undefined;
  readonly kind: TextKind;
  /** How many JSON texts it is inside of. */
  readonly depth: number;
  /** Steps of the path that lead to the outermost of these texts. */
  readonly start: number;
}

/** Whoever looks at the texts of a document. The path is the walk's own: whoever keeps it makes a copy. */
export interface TextVisitor {
  /** Whether a text is not to be looked at. @default - all are */
  passes?(text: string, place: TextPlace, path: readonly PathStep[]): boolean;
  /** A text that is no JSON, or a number as text. */
  text(text: string, place: TextPlace, path: readonly PathStep[]): void;
  /** A text that is JSON, after all that stands in it. */
  json?(text: string, place: TextPlace, path: readonly PathStep[]): void;
  /** A key of an object. @returns what stands for it in paths: a key that is a secret must not come out by one */
  key(key: string, place: TextPlace, path: readonly PathStep[]): string;
  /** A field `configMapRef` and whatever it holds. @default - nobody asks */
  configMapRef?(value: unknown, path: readonly PathStep[]): void;
  /** @default - {@link NAMES_ONLY} tells */
  isNameOfSecret?(key: string): boolean;
}

/** Whether a text is a secret, by its form or by what its place says of it. */
export function isSecretAt(text: string, { name, kind }: TextPlace): boolean {
  return kind === 'name-of-secret' ? isSecretInsteadOfName(text) : isSecretText(text, name);
}

/** Shows a visitor every text, number and key of a document, in the order in which they stand. What is deeper than any document may be is passed over. */
export class TextWalk {
  /** Changed and restored on the way, since a spec has thousands of values. */
  private readonly path: PathStep[] = [];

  public constructor(private readonly visitor: TextVisitor) {}

  public visit(value: unknown, place: TextPlace = { name: undefined, kind: 'field', depth: 0, start: 0 }): void {
    if (typeof value === 'string') this.visitText(value, place);
    else if (typeof value === 'number') this.visitNumber(value, place);
    else if (typeof value !== 'object' || value === null || this.path.length >= LONGEST_PATH) return;
    else if (Array.isArray(value)) this.visitList(value, place);
    else this.visitObject(value as JsonObject, place);
  }

  /** A number has no form; under the name of a secret it is one. */
  private visitNumber(value: number, place: TextPlace): void {
    if (place.name !== undefined) this.visitor.text(String(value), place, this.path);
  }

  private visitText(text: string, place: TextPlace): void {
    if (this.visitor.passes?.(text, place, this.path)) return;
    const json = place.depth < DEEPEST_JSON ? parseJson(text) : undefined;
    if (json === undefined) {
      this.visitor.text(text, place, this.path);
      return;
    }
    const start = place.depth === 0 ? this.path.length : place.start;
    this.visit(json, { name: place.name, kind: 'own-words', depth: place.depth + 1, start });
    this.visitor.json?.(text, place, this.path);
  }

  /** In a list of arguments a value may follow its flag: `['--password', 'abc']`. */
  private visitList(list: readonly unknown[], place: TextPlace): void {
    let flag: string | undefined;
    for (let index = 0; index < list.length; index += 1) {
      const item = list[index];
      this.path.push(index);
      this.visit(item, flag === undefined ? place : { ...place, name: flag });
      this.path.pop();
      flag = isFlag(item) ? item : undefined;
    }
  }

  private visitObject(object: JsonObject, { kind, depth, start }: TextPlace): void {
    // An environment variable: its value goes by its name.
    const { name: variable } = object;
    for (const key in object) {
      if (key === LAST_APPLIED) continue;
      const value = object[key];
      const name = key === 'value' && typeof variable === 'string' ? variable : key;
      const place: TextPlace = { name, kind: this.kindOf(key, kind), depth, start };
      this.path.push(key.length < SHORTEST_KEY ? key : this.visitor.key(key, place, this.path));
      if (key === 'configMapRef' && kind === 'field') this.visitor.configMapRef?.(value, this.path);
      this.visit(value, place);
      this.path.pop();
    }
  }

  private kindOf(key: string, outer: TextKind): TextKind {
    if (outer !== 'field') return outer;
    if (OWN_WORDS.has(key)) return 'own-words';
    if (this.visitor.isNameOfSecret?.(key)) return 'name-of-secret';
    // All of NAMES_ONLY have one of these in them, and hardly any other key has.
    return (key.includes('ecret') || key.endsWith('KeyRef')) && NAMES_ONLY.test(key) ? 'name-of-secret' : 'field';
  }
}

/** A longer one is a text. */
const LONGEST_FLAG = 64;

function isFlag(item: unknown): item is string {
  return typeof item === 'string' && item.startsWith('-') && item.length <= LONGEST_FLAG && /^--?[a-z][\w-]*$/i.test(item);
}

/** The object or list that a text is; `undefined` where it is a script, a template or anything else. */
function parseJson(text: string): object | undefined {
  const first = text.trimStart()[0];
  if (first !== '{' && first !== '[') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isWalked = (isObject(value) || Array.isArray(value)) && tooDeepPath(value, LEVELS_OF_JSON) === undefined;
    return isWalked ? value : undefined;
  } catch {
    return undefined;
  }
}
