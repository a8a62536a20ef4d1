import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';

import { DEEPEST } from '../../../constructs/spec/depth';
import { fieldName, isMergeKey, offsetOf, resolveScalar } from './nodes';

/** Says that something is wrong at an offset of the document's text. */
export type Report = (offset: number, message: string) => void;

/**
 * How much of a document may come from aliases: kubectl's own limits. Small documents may be 99 % repetition, ones of millions of
 * nodes 10 %.
 */
const ALIAS_LIMITS = {
  freeAliases: 100,
  freeNodes: 1_000,
  small: 400_000,
  large: 4_000_000,
  smallShare: 0.99,
  largeShare: 0.1,
};

const ANCHOR = /^[A-Za-z0-9_-]+$/;

/** Spares all other texts three checks. */
const SUSPECT = /[\t\u0085\u2028\u2029\u{d800}-\u{dfff}]/u;
const LINE_END = /[\u0085\u2028\u2029]/;
const FOLDED_LINE_END = /\u0085|[\u2028\u2029](?=[\t \u2028\u2029])|(?<=[\t \u2028\u2029])[\u2028\u2029]/;
const LONE_SURROGATE = /[\u{d800}-\u{dfff}]/u;
/** A block scalar without an indentation indicator whose first visible line begins with a tab. */
const TAB_INDENTED_BLOCK = /^[|>][-+]?[\t ]*(?:#.*)?\n(?: *\n)* *\t/;

/** Thrown and caught in this file only: there is no use in reading on. */
class Stop extends Error {
  override readonly name = 'Stop';
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The JSON value of a document as kubectl makes it. What cannot become JSON is reported, each thing at its place.
 *
 * An alias becomes a copy of what it stands for, so that no two parts of the value are one object.
 */
export function documentValue(root: unknown, text: string, targets: ReadonlyMap<Alias, Node>, report: Report): unknown {
  try {
    return new ValueReader(text, targets, report).read(root);
  } catch (thrown) {
    if (!(thrown instanceof Stop)) throw thrown;
    report(thrown.offset, thrown.message);
    return undefined;
  }
}

class ValueReader {
  private nodes = 0;
  private nodesOfAliases = 0;
  private depth = 0;
  private readonly open = new Set<Alias>();

  constructor(
    private readonly text: string,
    private readonly targets: ReadonlyMap<Alias, Node>,
    private readonly report: Report,
  ) {}

  read(node: unknown): unknown {
    this.count(node);
    if (isScalar(node)) return this.readScalar(node);
    if (isAlias(node)) return this.throughAlias(node, (target) => this.read(target));
    this.depth += 1;
    if (this.depth > DEEPEST) throw new Stop(offsetOf(node) ?? 0, `nested more than ${DEEPEST} levels deep`);
    const value = this.readCollection(node);
    this.depth -= 1;
    return value;
  }

  private readCollection(node: unknown): unknown {
    if (isSeq(node)) return node.items.map((item) => this.read(item));
    if (!isMap(node)) return null;
    const fields = new Map<string, unknown>();
    this.readFields(node, fields);
    // Not an assignment: `__proto__` is a field like any other.
    return Object.fromEntries(fields);
  }

  private readFields(map: YAMLMap, fields: Map<string, unknown>): void {
    const seen = new Map<string, number>();
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        this.merge(value, fields, offsetOf(key) ?? 0);
        continue;
      }
      const name = this.readKey(key);
      const field = this.read(value);
      if (name === undefined) continue;
      if (seen.has(name)) this.reportDuplicate(name, offsetOf(key) ?? 0);
      seen.set(name, 1);
      fields.set(name, field);
    }
  }

  private reportDuplicate(name: string, offset: number): void {
    this.report(offset, `key ${JSON.stringify(name)} stands twice in this mapping: keep one of them`);
  }

  /** kubectl's order: a merge replaces fields that stand before it, and fields after it replace those of the merge. */
  private merge(source: unknown, fields: Map<string, unknown>, offset: number): void {
    if (isSeq(source)) {
      // The first of several wins.
      for (const item of source.items.toReversed()) this.mergeOne(item, fields, offset);
    } else {
      this.mergeOne(source, fields, offset);
    }
  }

  private mergeOne(source: unknown, fields: Map<string, unknown>, offset: number): void {
    this.count(source);
    if (isMap(source)) this.readFields(source, fields);
    else if (isAlias(source) && isMap(this.targets.get(source))) {
      this.throughAlias(source, (target) => this.mergeOne(target, fields, offset));
    } else this.report(offsetOf(source) ?? offset, '"<<" merges a mapping or a list of mappings, and nothing else');
  }

  private throughAlias<T>(alias: Alias, use: (target: Node) => T): T | undefined {
    const at = offsetOf(alias) ?? 0;
    const target = this.targets.get(alias);
    if (target === undefined) {
      this.report(at, `no anchor "&${alias.source}" stands before "*${alias.source}"`);
      return undefined;
    }
    if (this.open.has(alias)) throw new Stop(at, `"*${alias.source}" stands inside of what it stands for`);
    this.open.add(alias);
    const value = use(target);
    this.open.delete(alias);
    return value;
  }

  private readKey(key: unknown): string | undefined {
    this.count(key);
    const at = offsetOf(key) ?? 0;
    if (isScalar(key)) this.checkText(key);
    if (isAlias(key) && !this.targets.has(key)) {
      this.report(at, `no anchor "&${key.source}" stands before "*${key.source}"`);
      return undefined;
    }
    const name = fieldName(key, this.targets);
    if (name === undefined) this.report(at, 'this key is no field name: write a text, in quotes if need be');
    return name;
  }

  private readScalar(node: Scalar): unknown {
    this.checkText(node);
    const scalar = resolveScalar(node);
    const at = offsetOf(node) ?? 0;
    switch (scalar?.type) {
      case undefined:
        this.report(at, `${JSON.stringify(String(node.value))} is nothing that the tag ${shortTag(node)} allows: remove the tag`);
        return undefined;
      case 'null':
        return null;
      case 'integer':
        return this.readInteger(scalar.value, at);
      case 'float':
        if (Number.isFinite(scalar.value)) return scalar.value === 0 ? 0 : scalar.value;
        this.report(at, `JSON has no number ${String(node.value)}: put it in quotes if it is meant as text`);
        return undefined;
      default:
        return scalar?.value;
    }
  }

  private readInteger(value: bigint, at: number): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) this.report(at, `${value} is too large to be kept exactly: put it in quotes`);
    return number;
  }

  /** Characters that kubectl takes in another way than the parser does, or refuses. */
  private checkText(node: Scalar): void {
    const text = String(node.value);
    const start = offsetOf(node);
    if (start === undefined || !SUSPECT.test(text)) return;
    const written = this.text.slice(start, node.range?.[1]);
    // NEL and the separators of Unicode end a line for kubectl, but not for an editor. In quotes a single
    // separator is kept.
    const quoted = written.startsWith('"') || written.startsWith("'");
    const lineEnd = (quoted ? FOLDED_LINE_END : LINE_END).exec(written);
    if (lineEnd !== null) {
      const code = lineEnd[0].charCodeAt(0).toString(16).padStart(4, '0');
      this.report(start + lineEnd.index, `the character U+${code} ends a line: write "\\u${code}" in double quotes`);
    }
    if (LONE_SURROGATE.test(text)) this.report(start, 'half of a surrogate pair is no character: remove it');
    if (TAB_INDENTED_BLOCK.test(written)) {
      this.report(start, 'a block whose first line begins with a tab needs its indentation after the sign: "|2"');
    }
  }

  /** The parser allows far more than kubectl in the name of an anchor, so that the two would disagree on where it ends. */
  private checkAnchor(node: unknown): void {
    const name = isAlias(node) ? node.source : isNode(node) ? node.anchor : undefined;
    if (name === undefined || ANCHOR.test(name)) return;
    this.report(offsetOf(node) ?? 0, `the name of the anchor "${name}" may hold letters, digits, "-" and "_" only`);
  }

  private count(node: unknown): void {
    this.nodes += 1;
    this.checkAnchor(node);
    if (this.open.size === 0) return;
    this.nodesOfAliases += 1;
    const { freeAliases, freeNodes } = ALIAS_LIMITS;
    if (this.nodesOfAliases <= freeAliases || this.nodes <= freeNodes) return;
    if (this.nodesOfAliases / this.nodes > allowedShare(this.nodes)) {
      throw new Stop(offsetOf(node) ?? 0, 'aliases make this document far larger than it is written: write it out');
    }
  }
}

function allowedShare(nodes: number): number {
  const { small, large, smallShare, largeShare } = ALIAS_LIMITS;
  if (nodes <= small) return smallShare;
  if (nodes >= large) return largeShare;
  return smallShare - ((smallShare - largeShare) * (nodes - small)) / (large - small);
}

/** `!!int` and not `tag:yaml.org,2002:int`. */
function shortTag(node: Scalar): string {
  return (node.tag ?? '').replace('tag:yaml.org,2002:', '!!');
}
