import type { PathStep } from '../../spec/issue';
import type { ValidationRule } from '../structural';
import { compile, usesOldSelf, type Program, type Variables } from './program';

/** A rule made ready to run. */
export interface Prepared {
  readonly rule: ValidationRule;
  readonly program: Program;
  readonly messageProgram: Program | undefined;
  readonly usesOldSelf: boolean;
  readonly steps: readonly PathStep[];
}

const ready = new WeakMap<ValidationRule, Prepared>();

/** Makes a rule ready at its first use. Throws an Error when it cannot be run at all. */
export function prepare(rule: ValidationRule): Prepared {
  let prepared = ready.get(rule);
  if (prepared === undefined) {
    prepared = {
      rule,
      program: compile(rule.rule),
      messageProgram: rule.messageExpression === undefined ? undefined : compile(rule.messageExpression),
      usesOldSelf: usesOldSelf(rule.rule),
      steps: parseSteps(rule.fieldPath ?? ''),
    };
    ready.set(rule, prepared);
  }
  return prepared;
}

const STEP = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/g;

/** The steps of `.a['b.c'].d`. */
function parseSteps(path: string): PathStep[] {
  return [...path.matchAll(STEP)].map(([, plain, quoted]) => plain ?? quoted!.replace(/\\(.)/g, '$1'));
}

/** The longest message that the server takes from an expression, in bytes. */
const LONGEST = 5 * 1024;

/** The text of `messageExpression`; undefined where it fails or gives nothing that can be shown. */
export function expressedMessage({ messageProgram }: Prepared, variables: Variables): string | undefined {
  if (messageProgram === undefined) return undefined;
  try {
    const text = messageProgram(variables);
    if (typeof text !== 'string') return undefined;
    const trimmed = text.trim();
    return trimmed === '' || trimmed.includes('\n') || Buffer.byteLength(trimmed) > LONGEST ? undefined : trimmed;
  } catch {
    // The server falls back to the plain message too.
    return undefined;
  }
}
