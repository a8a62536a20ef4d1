/** The last look before bytes leave for a repository: what is in its history once cannot be taken back. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../constructs/spec/json';
import { isSecretInsteadOfName, isSecretText } from '../../constructs/resolve/secret-forms';
import { NAMES_ONLY } from '../../constructs/resolve/secret-text';
import { GitError } from '../git/errors';
import type { Taints } from './taint';
import type { TextFile } from '../git/text-file';

/** Where something that looks like a secret stands. Its value is never repeated. */
export interface SecretFinding {
  readonly file: string;
  /** JSON pointer into the document; after a `#`, into JSON inside that text. Empty: the file as a whole. */
  readonly pointer: string;
  /** `secret-text`: a token by its form, or a literal under the name of a secret. `referenced-secret`: the value of a real Secret. */
  readonly rule: 'secret-text' | 'referenced-secret';
}

/** A finding that a person looked at. It covers this very value at this very place. */
export interface Exemption {
  readonly file: string;
  readonly pointer: string;
  /** SHA-256 of the text that stands there, in hexadecimal. */
  readonly sha256: string;
}

export interface GateOptions {
  /** @default - values of Secrets are not known */
  readonly taints?: Taints | undefined;
  readonly exemptions?: readonly Exemption[] | undefined;
}

/** JSON inside JSON inside JSON: deeper than anyone writes by intent. */
const DEEPEST_JSON = 3;

/** Everything in the files that looks like a secret, in the order of the files. */
export function secretFindings(files: readonly TextFile[], options: GateOptions = {}): SecretFinding[] {
  return files.flatMap((file) => new FileGate(file, options).findings());
}

/** @throws {@link GitError} `SECRET-FOUND`, with the places */
export function refuseSecrets(files: readonly TextFile[], options: GateOptions = {}): void {
  const findings = secretFindings(files, options);
  if (findings.length === 0) return;
  const places = findings.slice(0, 5).map(({ file, pointer, rule }) => `${file}#${pointer} (${rule})`);
  const more = findings.length > places.length ? ` and ${findings.length - places.length} more` : '';
  throw new GitError('SECRET-FOUND', `what looks like a secret must not be committed: ${places.join(', ')}${more}`);
}

/** What is known of a text from where it stands. */
interface TextPlace {
  readonly name: string | undefined;
  readonly kind: 'field' | 'own-words' | 'name-of-secret';
  /** How many JSON texts it is inside of. */
  readonly depth: number;
}

class FileGate {
  private readonly found: SecretFinding[] = [];
  private readonly exempted: string[] = [];
  private readonly isMiddleware: boolean;

  public constructor(
    private readonly file: TextFile,
    private readonly options: GateOptions,
  ) {
    this.isMiddleware = (file.source as JsonObject | undefined)?.['kind'] === 'Middleware';
  }

  public findings(): SecretFinding[] {
    const { text, path, source } = this.file;
    const place: TextPlace = { name: undefined, kind: 'field', depth: 0 };
    if (source) this.visit(source, '', place);
    else this.visitText(text, '', place);
    // Also the bytes themselves and the path, in case a value hides in what was not visited. The writer may have broken it up.
    const rule = this.taintIn(`${path}\n${text}`);
    if (rule && this.found.length === 0) this.report('', rule);
    return this.found;
  }

  private visit(value: unknown, pointer: string, place: TextPlace): void {
    if (typeof value === 'string') this.visitText(value, pointer, place);
    else if (Array.isArray(value)) this.visitList(value, pointer, place);
    else if (typeof value === 'object' && value !== null) this.visitObject(value as JsonObject, pointer, place);
  }

  /** In a list of arguments a value may follow its flag. */
  private visitList(list: readonly unknown[], pointer: string, place: TextPlace): void {
    let flag: string | undefined;
    for (const [index, item] of list.entries()) {
      this.visit(item, `${pointer}/${index}`, { ...place, name: flag ?? place.name });
      flag = typeof item === 'string' && /^--?[a-z][\w-]*$/i.test(item) ? item : undefined;
    }
  }

  private visitObject(object: JsonObject, pointer: string, { kind, depth }: TextPlace): void {
    // An environment variable: its value goes by its name.
    const { name: variable } = object;
    for (const [key, value] of Object.entries(object)) {
      const name = key === 'value' && typeof variable === 'string' ? variable : key;
      const rule = this.ruleOf(key, undefined, 'own-words');
      // A key that is the secret must not come out by the pointer.
      const inner = `${pointer}/${rule ? '*' : key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (rule) this.report(inner, rule);
      this.visit(value, inner, { name, kind: this.kindOf(key, kind), depth });
    }
  }

  private kindOf(key: string, outer: TextPlace['kind']): TextPlace['kind'] {
    if (outer !== 'field') return outer;
    return NAMES_ONLY.test(key) || (key === 'secret' && this.isMiddleware) ? 'name-of-secret' : 'field';
  }

  private visitText(text: string, pointer: string, { name, kind, depth }: TextPlace): void {
    if (this.isExempt(text, pointer)) {
      this.exempted.push(text);
      return;
    }
    const json = depth < DEEPEST_JSON ? parseJson(text) : undefined;
    const before = this.found.length;
    if (json !== undefined)
      this.visit(json, pointer.includes('#') ? pointer : `${pointer}#`, { name, kind: 'own-words', depth: depth + 1 });
    if (this.found.length > before) return;
    const rule = json === undefined ? this.ruleOf(text, name, kind) : this.taintIn(text);
    if (rule) this.report(pointer, rule);
  }

  private ruleOf(text: string, name: string | undefined, kind: TextPlace['kind']): SecretFinding['rule'] | undefined {
    const looks = kind === 'name-of-secret' ? isSecretInsteadOfName(text) : isSecretText(text, name);
    return this.taintIn(text) ?? (looks ? 'secret-text' : undefined);
  }

  private taintIn(text: string): SecretFinding['rule'] | undefined {
    const rest = this.exempted.reduce((all, value) => all.replaceAll(value, ''), text);
    return this.options.taints?.isIn(rest) ? 'referenced-secret' : undefined;
  }

  private isExempt(text: string, pointer: string): boolean {
    const matches = (this.options.exemptions ?? []).filter((one) => one.file === this.file.path && one.pointer === pointer);
    return matches.some(({ sha256 }) => sha256 === createHash('sha256').update(text).digest('hex'));
  }

  private report(pointer: string, rule: SecretFinding['rule']): void {
    this.found.push({ file: this.file.path, pointer, rule });
  }
}

function parseJson(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    // A script or a template: read as text.
    return undefined;
  }
}
