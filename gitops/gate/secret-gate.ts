/** The last look before bytes leave for a repository: what is in its history once cannot be taken back. */
import { createHash } from 'node:crypto';
import type { PathStep } from '../../constructs/spec/issue';
import type { JsonObject } from '../../constructs/spec/json';
import { isSecretText } from '../../constructs/resolve/secrets/secret-forms';
import { namesSecret } from '../../constructs/resolve/secrets/secret-text';
import { type TextPlace, type TextVisitor, TextWalk, isSecretAt } from '../../constructs/resolve/secrets/walk';
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

/** What stands in a pointer for a key that is a secret. */
const MASK = '*';

class FileGate implements TextVisitor {
  private readonly found: SecretFinding[] = [];
  private readonly exempted: string[] = [];
  private readonly kind: unknown;

  public constructor(
    private readonly file: TextFile,
    private readonly options: GateOptions,
  ) {
    this.kind = (file.source as JsonObject | undefined)?.['kind'];
  }

  public findings(): SecretFinding[] {
    const { text, path, source } = this.file;
    new TextWalk(this).visit(source ?? text);
    // Also the bytes themselves and the path, in case a value hides in what was not visited. The writer may have broken it up.
    const rule = this.taintIn(`${path}\n${text}`);
    if (rule && this.found.length === 0) this.report('', rule);
    return this.found;
  }

  public passes(text: string, place: TextPlace, path: readonly PathStep[]): boolean {
    if (!this.isExempt(text, pointerTo(path, place))) return false;
    this.exempted.push(text);
    return true;
  }

  public text(text: string, place: TextPlace, path: readonly PathStep[]): void {
    const rule = this.taintIn(text) ?? (isSecretAt(text, place) ? 'secret-text' : undefined);
    if (rule) this.report(pointerTo(path, place), rule);
  }

  /** What was found inside is not told of the whole. */
  public json(text: string, place: TextPlace, path: readonly PathStep[]): void {
    const pointer = pointerTo(path, place);
    const inside = place.depth === 0 ? `${pointer}#` : `${pointer}/`;
    if (this.found.some((one) => one.pointer.startsWith(inside))) return;
    const rule = this.taintIn(text);
    if (rule) this.report(pointer, rule);
  }

  /** A key that is the secret must not come out by the pointer. */
  public key(key: string, place: TextPlace, path: readonly PathStep[]): string {
    const rule = this.taintIn(key) ?? (isSecretText(key) ? 'secret-text' : undefined);
    if (rule === undefined) return key;
    this.report(pointerTo([...path, MASK], place), rule);
    return MASK;
  }

  public isNameOfSecret(key: string): boolean {
    return namesSecret(this.kind, key);
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

/** `/data/openclaw.json#/channels/0`: after the `#` the path goes on inside the JSON that stands there. */
function pointerTo(path: readonly PathStep[], { depth, start }: TextPlace): string {
  const steps = path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`);
  return depth === 0 ? steps.join('') : `${steps.slice(0, start).join('')}#${steps.slice(start).join('')}`;
}
