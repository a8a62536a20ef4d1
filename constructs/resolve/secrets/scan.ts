import { type Alphabet, alphabets, endOfRun, isIn, startOfRun } from './alphabet';
import { cloudForms } from './cloud-forms';
import type { Stretch, TokenForm } from './form';
import { modelForms } from './model-forms';
import { isPlaceholderToken } from './placeholder';
import { serviceForms, sharedForms } from './service-forms';

/** Every form of a token that is looked for. */
export const tokenForms: readonly TokenForm[] = [...modelForms, ...cloudForms, ...serviceForms, ...sharedForms];

/** So much of a token tells whether it is a placeholder. Without a bound, many beginnings in one long word would cost its square. */
const LOOKED_AT = 128;

/** One prefix of one form. */
interface Candidate {
  readonly prefix: string;
  readonly form: TokenForm;
}

/** Candidates by the first two characters of their prefixes. */
type Index = readonly (readonly Candidate[] | undefined)[];

/** All prefixes are ASCII. */
const CODES = 128;

/** The form of the first token in a text. One pass: the time grows with the length of the text and with nothing else. */
export function tokenIn(text: string): TokenForm | undefined {
  const runs = new Runs(text);
  let isAfterWord = false;
  for (let at = 0, code = text.charCodeAt(0); at < text.length; at += 1) {
    const next = text.charCodeAt(at + 1);
    if (code < CODES && next < CODES) {
      const pair = code * CODES + next;
      const found = firstFit(text, at, ANYWHERE[pair], runs) ?? (isAfterWord ? undefined : firstFit(text, at, AT_WORDS[pair], runs));
      if (found !== undefined) return found;
    }
    isAfterWord = isIn(alphabets.alphanumeric, code);
    code = next;
  }
  return undefined;
}

/** Forms that may begin in the middle of a word, and those that may not. */
const ANYWHERE = indexOf(tokenForms.filter(({ before }) => before !== undefined));
const AT_WORDS = indexOf(tokenForms.filter(({ before }) => before === undefined));

function indexOf(forms: readonly TokenForm[]): Index {
  const index: Candidate[][] = [];
  for (const form of forms) {
    for (const prefix of form.prefixes) {
      for (const next of nextCodes(prefix, form)) (index[prefix.charCodeAt(0) * CODES + next] ??= []).push({ prefix, form });
    }
  }
  return Array.from({ length: CODES * CODES }, (_, pair) => index[pair]);
}

/** What may stand behind the first character of a form. */
function nextCodes(prefix: string, { parts: [first] }: TokenForm): number[] {
  if (prefix.length > 1) return [prefix.charCodeAt(1)];
  if (first === undefined || typeof first === 'string') return first === undefined ? [] : [first.charCodeAt(0)];
  return Array.from({ length: CODES }, (_, code) => code).filter((code) => isIn(first.alphabet, code));
}

function firstFit(text: string, at: number, candidates: readonly Candidate[] | undefined, runs: Runs): TokenForm | undefined {
  if (candidates === undefined) return undefined;
  return candidates.find((candidate) => text.startsWith(candidate.prefix, at) && fits(text, at, candidate, runs))?.form;
}

function fits(text: string, at: number, { prefix, form }: Candidate, runs: Runs): boolean {
  if (!isPrecededBy(form.before, text, at)) return false;
  const start = at + prefix.length;
  let end = start;
  for (const [index, part] of form.parts.entries()) {
    end = endOfPart(text, end, part, index === 0 ? runs : undefined);
    if (end === -1) return false;
  }
  return isSound(text.slice(start, Math.min(end, start + LOOKED_AT)), form);
}

function isPrecededBy(before: TokenForm['before'], text: string, at: number): boolean {
  // Words were kept out by the index.
  if (before === undefined || before === 'anything') return true;
  if (before === 'apart') return at === 0 || !isIn(alphabets.base64, text.charCodeAt(at - 1));
  const length = at - startOfRun(text, at, before.alphabet, at - before.max - 1);
  return length >= before.min && length <= before.max;
}

/** -1 where the text has no such part. */
function endOfPart(text: string, start: number, part: Stretch | string, runs: Runs | undefined): number {
  if (typeof part === 'string') return text.startsWith(part, start) ? start + part.length : -1;
  const { alphabet, min, max } = part;
  // Only where something else follows must the end of an unbounded part be known; the first part's is known from the runs.
  const end = runs?.endOf(start, alphabet) ?? endOfRun(text, start, alphabet, start + (max === Infinity ? min : max + 1));
  return end - start < min || end - start > max ? -1 : end;
}

function isSound(body: string, { needs }: TokenForm): boolean {
  if (needs === 'private-key') return body.includes('PRIVATE KEY');
  if (needs === 'digit' && !/\d/.test(body)) return false;
  return !isPlaceholderToken(body);
}

/**
 * Ends of runs. Where many tokens seem to begin in one long word (`sk-sk-sk-`), its end is looked for once: the scanner asks for places further and
 * further behind.
 */
class Runs {
  /** Made when it is needed: most texts hold nothing that begins like a token. */
  private known: Map<Alphabet, { readonly from: number; readonly to: number }> | undefined;

  public constructor(private readonly text: string) {}

  public endOf(start: number, alphabet: Alphabet): number {
    const known = this.known?.get(alphabet);
    if (known !== undefined && start >= known.from && start < known.to) return known.to;
    const to = endOfRun(this.text, start, alphabet);
    (this.known ??= new Map()).set(alphabet, { from: start, to });
    return to;
  }
}
