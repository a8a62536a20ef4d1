import type { PathStep } from '../../spec/issue';
import type { SchemaNode } from '../schema-node';
import type { ValidationRule } from '../structural';
import { compile, usesOldSelf, type Program, type Variables } from './program';
import { makeShortcut, type Shortcut } from './shortcut/shortcut';

/** A rule made ready to run. */
export interface Prepared {
  readonly rule: ValidationRule;
  readonly program: Program;
  /** Says of most values that the rule holds, without the program. */
  readonly shortcut: Shortcut | undefined;
  readonly messageProgram: Program | undefined;
  readonly usesOldSelf: boolean;
  readonly steps: readonly PathStep[];
}

const NONE: readonly Prepared[] = [];
const ready = new WeakMap<SchemaNode, readonly Prepared[]>();

/** The rules of a node, made ready at their first use. Throws an Error when one of them cannot be run at all. */
export function preparedRules(node: SchemaNode): readonly Prepared[] {
  const rules = node.schema['x-kubernetes-validations'];
  if (rules === undefined) return NONE;
  let prepared = ready.get(node);
  if (prepared === undefined) {
    prepared = rules.map((rule) => prepare(rule, node));
    ready.set(node, prepared);
  }
  return prepared;
}

function prepare(rule: ValidationRule, node: SchemaNode): Prepared {
  const { program, ast } = compile(rule.rule);
  return {
    rule,
    program,
    shortcut: makeShortcut(ast, node),
    messageProgram: rule.messageExpression === undefined ? undefined : compile(rule.messageExpression).program,
    usesOldSelf: usesOldSelf(rule.rule),
    steps: parseSteps(rule.fieldPath ?? ''),
  };
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
