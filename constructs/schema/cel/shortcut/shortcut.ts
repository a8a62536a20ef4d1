import type { ASTNode } from '@marcbachmann/cel-js';
import type { SchemaNode } from '../../schema-node';
import { isObject, type JsonValue } from '../../structural';
import { escapeName } from '../escape-name';
import * as calls from './calls';
import { type Expression, SCALAR, shapeOf, UNSUPPORTED } from './expression';
import { macro } from './macros';
import { OPERATORS } from './operators';

/** Whether a rule certainly holds for a value as it is. `false` says nothing: ask the CEL library. */
export type Shortcut = (self: JsonValue) => boolean;

/** An expression of a rule, with its value where that is written into the rule. */
export interface ExpressionPart extends Expression {
  readonly constant?: unknown;
  /** The `metadata` of an object: rules see only the names in it. */
  readonly namesOnly?: boolean;
}

/** The variables that an expression may name, in the order of their places in the scope. */
export type Names = readonly { readonly name: string; readonly part: ExpressionPart }[];

/**
 * Makes a shortcut for a rule: functions that read plain JSON, so that a valid object needs neither the conversion of its values nor the CEL
 * library. There is one for the common words of CEL. A rule that uses others, or reads values which look different in CEL (times, decimals,
 * escaped names), has none.
 *
 * Why it is worth its lines: without shortcuts `resolve` takes 2.0 times as long for the full instance of `npm run bench` (0.47 ms of processor
 * time against 0.23) and 1.2 times as long for the minimal one, the best of 480 rounds each. Half of that is the conversion, half the library.
 *
 * A shortcut only ever says that a rule holds. Everything that is not a clear yes goes to the library, which alone decides what is refused
 * and why. The tests hold the two against each other.
 *
 * @param ast of the rule, as the library parses it
 * @param node where the rule stands
 */
export function makeShortcut(ast: ASTNode, node: SchemaNode): Shortcut | undefined {
  try {
    const { run } = compile(ast, [variable('self', 0, { shape: shapeOf(node) })]);
    return (self) => run([self]) === true;
  } catch (cause) {
    if (cause === UNSUPPORTED) return undefined;
    throw cause;
  }
}

/** A variable at a place of the scope. */
export function variable(name: string, place: number, { shape }: Pick<ExpressionPart, 'shape'>): Names[number] {
  return { name, part: { shape, run: (scope) => scope[place] ?? undefined } };
}

export function compile(ast: ASTNode, names: Names): ExpressionPart {
  switch (ast.op) {
    case 'value':
      return constantOf(ast.args);
    case 'id':
      return named(ast.args, names);
    case '.':
      return field(compile(ast.args[0], names), ast.args[1]);
    case 'list':
      return list(ast.args.map((item) => compile(item, names)));
    case 'call':
      return call(ast.args[0], ast.args[1], names);
    case 'rcall':
      return methodCall(ast.args[0], ast.args[1], ast.args[2], names);
    default:
      return operation(ast, names);
  }
}

function operation(ast: ASTNode, names: Names): ExpressionPart {
  const operator = OPERATORS[ast.op];
  if (operator === undefined) throw UNSUPPORTED;
  const operands = (Array.isArray(ast.args) ? ast.args : [ast.args]) as ASTNode[];
  return { shape: SCALAR, run: operator(operands.map((operand) => compile(operand, names))) };
}

function constantOf(value: unknown): ExpressionPart {
  const constant = typeof value === 'bigint' ? Number(value) : value;
  if (typeof constant !== 'string' && typeof constant !== 'boolean' && !Number.isSafeInteger(constant)) throw UNSUPPORTED;
  // A double is no integer, though it may look like one here.
  if (typeof value === 'number') throw UNSUPPORTED;
  return { shape: SCALAR, constant, run: () => constant };
}

function named(name: string, names: Names): ExpressionPart {
  const found = names.findLast((one) => one.name === name);
  if (found === undefined) throw UNSUPPORTED;
  return found.part;
}

function list(items: readonly ExpressionPart[]): ExpressionPart {
  const constants = items.map(({ constant }) => constant);
  if (constants.some((constant) => typeof constant !== 'string')) throw UNSUPPORTED;
  return { shape: { kind: 'list', items: SCALAR }, run: () => constants };
}

/** The schema of a field that rules may name, under the name that it has in the schema. */
function childOf({ shape, namesOnly }: ExpressionPart, name: string): SchemaNode {
  if (shape.kind !== 'object' || escapeName(name) !== name) throw UNSUPPORTED;
  if (namesOnly === true && name !== 'name' && name !== 'generateName') throw UNSUPPORTED;
  const child = shape.node.properties?.get(name);
  if (child === undefined) throw UNSUPPORTED;
  return child;
}

/** A field. What is to be said of a missing field, or of a null, is for the library. */
function field(parent: ExpressionPart, name: string): ExpressionPart {
  const child = childOf(parent, name);
  const namesOnly = parent.shape.kind === 'object' && parent.shape.node.embedded && name === 'metadata';
  return {
    shape: shapeOf(child),
    namesOnly,
    run: (scope) => {
      const object = parent.run(scope);
      return isObject(object) && Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;
    },
  };
}

function has(ast: ASTNode | undefined, names: Names): ExpressionPart {
  if (ast?.op !== '.') throw UNSUPPORTED;
  const [parentAst, name] = ast.args;
  const parent = compile(parentAst, names);
  childOf(parent, name);
  return { shape: SCALAR, run: (scope) => isThere(parent.run(scope), name) };
}

/** Whether CEL sees a null depends on the schema around it. */
function isThere(object: unknown, name: string): boolean | undefined {
  if (!isObject(object) || object[name] === null) return undefined;
  return Object.hasOwn(object, name) && object[name] !== undefined;
}

function call(name: string, args: readonly ASTNode[], names: Names): ExpressionPart {
  const [argument] = args;
  if (args.length !== 1 || argument === undefined) throw UNSUPPORTED;
  if (name === 'has') return has(argument, names);
  if (name === 'string') return calls.textOf(compile(argument, names));
  if (name === 'quantity') return calls.quantity(compile(argument, names));
  throw UNSUPPORTED;
}

/** A shortcut knows nothing of the past: its yes must hold whatever was there before. */
const UNKNOWN: ExpressionPart = { shape: SCALAR, run: () => undefined };

function methodCall(name: string, receiverAst: ASTNode, args: readonly ASTNode[], names: Names): ExpressionPart {
  if (name === 'hasValue' && receiverAst.op === 'id' && receiverAst.args === 'oldSelf') return UNKNOWN;
  const receiver = compile(receiverAst, names);
  const [first, second] = args;
  if (name === 'size' && first === undefined) return calls.size(receiver);
  if (first === undefined) throw UNSUPPORTED;
  if (second === undefined) return calls.method(name, receiver, compile(first, names));
  if (args.length !== 2 || first.op !== 'id') throw UNSUPPORTED;
  return macro(name, receiver, first.args, names.length, (item) => compile(second, [...names, item]));
}
