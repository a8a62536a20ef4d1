import { type Alias, type Document, LineCounter, type Node, parseDocument, Schema, type YAMLError } from 'yaml';

import { documentValue } from './yaml/document-value';
import { takeJson } from './yaml/json-stream';
import { FieldIndex } from './yaml/field-index';
import { aliasTargets, offsetOf } from './yaml/nodes';
import { type Chunk, splitDocuments, type TextIssue } from './yaml/split';
import { syntaxMessage } from './yaml/syntax-message';

/** A place in a file. Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One document of a file. */
export interface YamlDocument {
  readonly file: string;
  /** A JSON value: numbers, texts, booleans, null, lists and plain objects, in the order in which they were written. */
  readonly value: unknown;
  /** Where its content begins, after comments. */
  readonly line: number;
  /** Where a field stands. A path that leads nowhere gives its nearest parent. */
  locate(path: readonly (string | number)[]): Position;
}

/** A finding that kept a document from being read. */
export interface YamlIssue extends Position {
  readonly file: string;
  readonly message: string;
}

export interface YamlFile {
  readonly documents: YamlDocument[];
  readonly issues: YamlIssue[];
}

/** More text than any set of manifests; reading it would take the memory of the machine. */
const LARGEST_FILE = 64 * 1024 * 1024;

/** No scalar has a type to the parser: what it means is decided by us, as kubectl decides it. */
const SCHEMA = new Schema({ schema: 'failsafe', resolveKnownTags: false });

/** Controls and halves of surrogate pairs, which YAML files must not hold. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff\u{d800}-\u{dfff}]/u;

/**
 * Reads YAML or JSON as kubectl does: several documents a file, YAML 1.1 words and numbers, merge keys, aliases.
 * It differs where kubectl loses something in silence: a key that stands twice, text after the end of a document (`...`) and
 * integers that a JSON number cannot hold are issues here.
 *
 * Never throws for what stands in the text. A document with an issue is not among the documents.
 *
 * @param file the name that documents and issues carry
 * @param onDocument called after each document with how many were read
 */
export function readYaml(text: string, file: string, onDocument: (read: number) => void = () => {}): YamlFile {
  const documents: YamlDocument[] = [];
  const issues: TextIssue[] = [];
  if (text.length > LARGEST_FILE) {
    issues.push({ line: 1, column: 1, message: `larger than ${LARGEST_FILE / 1024 / 1024} MiB: split the file` });
    return { documents, issues: inFile(issues, file) };
  }
  const { objects, rest } = takeJson(text.replace(/^\ufeff/, ''));
  for (const chunk of objects) {
    readChunk(new Source(chunk), file, documents, issues);
    onDocument(documents.length);
  }
  const split = splitDocuments(rest);
  for (const issue of split.issues) issues.push(issue);
  for (const chunk of split.chunks) {
    const source = new Source(chunk);
    if (source.checkCharacters(issues)) readChunk(source, file, documents, issues);
    onDocument(documents.length);
  }
  issues.sort((a, b) => a.line - b.line || a.column - b.column);
  return { documents, issues: inFile(issues, file) };
}

function inFile(issues: readonly TextIssue[], file: string): YamlIssue[] {
  return issues.map((issue) => ({ file, ...issue }));
}

/** The text of one document, and how its offsets relate to the file. */
class Source {
  readonly text: string;
  readonly lineCounter = new LineCounter();

  constructor(private readonly chunk: Chunk) {
    // A carriage return ends a line with or without a line feed.
    this.text = chunk.text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  }

  position(offset: number): Position {
    const { line, col } = this.lineCounter.linePos(offset);
    // Before the first line is known, the counter gives line 0 and the offset.
    if (line <= 1) {
      const column = (line === 0 ? col + 1 : col) + this.chunk.columnsBefore;
      return { line: this.chunk.linesBefore + 1, column };
    }
    return { line: this.chunk.linesBefore + line, column: col };
  }

  /** Reports the first character that must not stand in YAML. */
  checkCharacters(issues: TextIssue[]): boolean {
    const found = FORBIDDEN.exec(this.text);
    if (found === null) return true;
    const before = this.text.slice(0, found.index);
    const lines = before.split('\n');
    const code = (found[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    issues.push({
      line: this.chunk.linesBefore + lines.length,
      column: (lines.at(-1) ?? '').length + 1,
      message: `the character U+${code} must not stand in YAML: write "\\u${code}" in double quotes`,
    });
    return false;
  }
}

function readChunk(source: Source, file: string, documents: YamlDocument[], issues: TextIssue[]): void {
  const document = parse(source);
  const found = new Map<string, TextIssue>();
  // A part that aliases repeat is read many times.
  const report = (offset: number, message: string): void => {
    const position = source.position(offset);
    const key = `${position.line} ${message}`;
    if (!found.has(key)) found.set(key, { ...position, message });
  };
  for (const { pos, code, message } of firstOfEachLine(document.errors, source)) {
    report(pos[0], syntaxMessage(code, message, source.text[pos[0] - 1]));
  }
  if (found.size === 0) {
    const targets = aliasTargets(document);
    const value = documentValue(document.contents, source.text, targets, report);
    if (found.size === 0 && value !== null) documents.push(toDocument(document, value, source, file, targets));
  }
  for (const issue of found.values()) issues.push(issue);
}

/** One mistake often makes the parser say several things about its line; the first is the one to act on. */
function firstOfEachLine(errors: readonly YAMLError[], source: Source): YAMLError[] {
  const lines = new Set<number>();
  return errors.filter(({ pos }) => {
    const { line } = source.position(pos[0]);
    const known = lines.has(line);
    lines.add(line);
    return !known;
  });
}

function parse(source: Source): Document {
  return parseDocument(source.text, {
    schema: SCHEMA,
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: source.lineCounter,
  });
}

function toDocument(document: Document, value: unknown, source: Source, file: string, targets: ReadonlyMap<Alias, Node>): YamlDocument {
  const root = document.contents;
  const fields = new FieldIndex(root, targets);
  return {
    file,
    value,
    line: source.position(offsetOf(root) ?? 0).line,
    locate: (path) => source.position(fields.offsetOf(path)),
  };
}
