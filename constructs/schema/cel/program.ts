import type { ASTNode } from '@marcbachmann/cel-js';
import { addLists } from './functions/lists';
import { addQuantities } from './functions/quantities';
import { addSets } from './functions/sets';
import { addStrings } from './functions/strings';
import { addUrls } from './functions/urls';
import { celLibrary, type Environment } from './library';
import type { CelValue } from './values';

/** What a rule sees. */
export interface Variables {
  readonly self: CelValue;
  /** The previous value; absent, and then no rule that asks for it is run. */
  readonly oldSelf?: CelValue;
}

/** Runs an expression. Throws the library's error when it cannot be evaluated for these values. */
export type Program = (variables: Variables) => unknown;

let environment: Environment | undefined;

/** CEL with the functions that Kubernetes 1.30 adds. `optional` values are on, as there. */
function celEnvironment(): Environment {
  if (environment === undefined) {
    const { Environment } = celLibrary();
    environment = new Environment({ enableOptionalTypes: true });
    environment.registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');
    for (const add of [addStrings, addLists, addSets, addUrls, addQuantities]) add(environment);
  }
  return environment;
}

/**
 * Makes an expression ready to run. Throws an Error with the expression's text when it cannot be parsed or asks for a
 * function that is not there: the rules are ours, so this is our fault and not the user's.
 */
export function compile(expression: string): { readonly program: Program; readonly ast: ASTNode } {
  const program = parse(expression);
  const { valid, error } = program.check();
  if (!valid) throw unusable(expression, error);
  return { program: (variables) => program({ ...variables }), ast: program.ast };
}

function parse(expression: string): ReturnType<Environment['parse']> {
  try {
    return celEnvironment().parse(renameCalls(expression));
  } catch (cause) {
    throw unusable(expression, cause);
  }
}

function unusable(expression: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  return new Error(`rule ${JSON.stringify(expression)} cannot be run: ${why}`, { cause });
}

const TRIPLE = `[rR]?"""[^]*?"""|[rR]?'''[^]*?'''`;
const RAW = `[rR]"[^"\\n]*"|[rR]'[^'\\n]*'`;
const QUOTED = `"(?:\\\\.|[^"\\\\])*"|'(?:\\\\.|[^'\\\\])*'`;
const LITERAL = `${TRIPLE}|${RAW}|${QUOTED}`;

/**
 * Three methods of the library differ from Kubernetes' in what they do, and it lets none be replaced. They are called by
 * another name: `matches` (RE2), `lowerAscii` and `upperAscii` (ASCII only).
 */
const CALLS = new RegExp(`${LITERAL}|\\.\\s*(matches|lowerAscii|upperAscii)\\s*\\(`, 'g');

function renameCalls(expression: string): string {
  return expression.replace(CALLS, (token, name?: string) => (name === undefined ? token : `.${name}Kubernetes(`));
}

const LITERALS = new RegExp(LITERAL, 'g');

/** True when an expression asks for the previous value. */
export function usesOldSelf(expression: string): boolean {
  return /\boldSelf\b/.test(expression.replace(LITERALS, '""'));
}
