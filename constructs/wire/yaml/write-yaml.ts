import type * as Yaml from 'yaml';

import type { JsonObject } from '../../spec/json';
import { blockText } from './block-text';
import { escapedText, isFragile, isFragileKey } from './fragile-text';
import { isMarker, scalarText } from './scalar-text';

/** As cdk8s calls the package: YAML 1.1, so that every reader agrees, and no folding of long lines. */
const STOCK_OPTIONS = {
  keepUndefined: true,
  lineWidth: 0,
  version: '1.1',
  // An object that stands in two places is written twice. Aliases would be text that no one wrote.
  aliasDuplicateObjects: false,
} as const;

/** A longer key is not read as one: it needs the explicit form (`? key`). */
const LONGEST_KEY = 1024;

/** Thrown and caught in this file only: the document holds something that the `yaml` package has to write. */
const RARE = Symbol('rare');

/**
 * One YAML document, without a marker line, ending in a line feed.
 *
 * The text is byte for byte that of cdk8s' `Yaml.stringify`, at a small part of its cost: the common shapes are written here and
 * everything else goes to the `yaml` package, which is loaded only then.
 *
 * @param value a JSON document: a tree without cycles
 */
export function writeYaml(value: JsonObject): string {
  try {
    return writeMap(value, '', false, STOCK).slice(1) + '\n';
  } catch (thrown) {
    if (thrown !== RARE) throw thrown;
    return stock().stringify(value, STOCK_OPTIONS);
  }
}

/**
 * The documents of one file. Each begins with a marker line (`---`), so that files can be concatenated.
 *
 * The text is that of {@link writeYaml}, but for the few strings that kubectl would refuse or read as something else; those stand in double
 * quotes with escapes. What is applied must be what was rendered.
 */
export function writeDocuments(values: readonly JsonObject[]): string {
  try {
    return values.map((value) => `---\n${writeMap(value, '', false, FAITHFUL).slice(1)}\n`).join('');
  } catch (thrown) {
    if (thrown !== RARE) throw thrown;
    throw new TypeError('a manifest may hold JSON values only: text, finite numbers, booleans, null, lists and plain objects', {
      cause: thrown,
    });
  }
}

/** How strings are written as values and as keys. */
interface Strings {
  value(value: string, indent: string): string;
  /** The key and the colon after it. */
  key(key: string, indent: string): string;
}

const STOCK: Strings = { value: writeString, key: writeKey };

const FAITHFUL: Strings = {
  value: (value, indent) => {
    if (isFragile(value)) return escapedText(value);
    const text = value.includes('\n') ? blockText(value, indent) : scalarText(value);
    return text ?? escapedText(value);
  },
  key: (key, indent) => {
    // Readers look for the colon of a short key only; a long one is announced.
    if (key.length > LONGEST_KEY) return `? ${escapedText(key)}\n${indent}:`;
    const text = isFragileKey(key) || isMarker(key) ? undefined : scalarText(key);
    return `${text ?? escapedText(key)}:`;
  },
};

/**
 * The text that follows `key:` or `-`, with the blank or the line end before it.
 *
 * @param indent of the children
 * @param inList whether the value is an item of a list: its first child then stands on the line of the dash
 * @param strings how strings are written
 */
function writeValue(value: unknown, indent: string, inList: boolean, strings: Strings): string {
  switch (typeof value) {
    case 'string':
      return ` ${strings.value(value, indent)}`;
    case 'boolean':
      return value ? ' true' : ' false';
    case 'number':
      return ` ${writeNumber(value)}`;
    case 'object':
      if (value === null) return ' null';
      if (Array.isArray(value)) return writeList(value, indent, inList, strings);
      if (isPlain(value)) return writeMap(value, indent, inList, strings);
      throw RARE;
    default:
      throw RARE;
  }
}

/** Dates, Maps and whatever else is no JSON get the package's own forms. */
function isPlain(value: object): value is JsonObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function writeMap(map: JsonObject, indent: string, inList: boolean, strings: Strings): string {
  const childIndent = `${indent}  `;
  const separator = `\n${indent}`;
  let text = '';
  for (const key of Object.keys(map)) {
    text += text === '' && inList ? ' ' : separator;
    text += `${strings.key(key, indent)}${writeValue(map[key], childIndent, false, strings)}`;
  }
  return text === '' ? ' {}' : text;
}

function writeList(list: readonly unknown[], indent: string, inList: boolean, strings: Strings): string {
  if (list.length === 0) return ' []';
  const childIndent = `${indent}  `;
  const separator = `\n${indent}-`;
  let text = '';
  for (const item of list) {
    text += text === '' && inList ? ' -' : separator;
    text += writeValue(item, childIndent, true, strings);
  }
  return text;
}

function writeString(value: string, indent: string): string {
  const text = scalarText(value);
  if (text !== undefined) return text;
  if (!value.includes('\n')) return stockScalar(value);
  const block = blockText(value, indent);
  if (block === undefined) throw RARE;
  return block;
}

function writeKey(key: string): string {
  const text = scalarText(key);
  if (text === undefined || text.length > LONGEST_KEY || isMarker(key)) throw RARE;
  return `${text}:`;
}

function writeNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (!Number.isFinite(value)) throw RARE;
  return String(value);
}

/** One line that needs escapes. Its text is the same at every depth, so it need not send the whole document to the package. */
function stockScalar(value: string): string {
  const text = stock().stringify({ k: value }, STOCK_OPTIONS).slice('k: '.length, -1);
  // A line separator of Unicode counts as a line end in one of the package's rules.
  if (text.includes('\n')) throw RARE;
  return text;
}

let loaded: typeof Yaml | undefined;

/** The `yaml` package costs more to load than a small synthesis takes. */
function stock(): typeof Yaml {
  if (loaded !== undefined) return loaded;
  const yaml: typeof Yaml = require('yaml');
  loaded = yaml;
  return yaml;
}
