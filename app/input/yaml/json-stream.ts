import type { Chunk } from './split';

/** The JSON objects at the start of a file, and what follows them. */
export interface JsonStream {
  readonly objects: Chunk[];
  readonly rest: Chunk;
}

/**
 * Takes JSON objects off the start of a file, with or without line ends between them, as kubectl does before it turns to YAML.
 * A file that begins with anything else, or with braces that are YAML, is all rest.
 */
export function takeJson(text: string): JsonStream {
  const objects: Chunk[] = [];
  let start = 0;
  let place: StreamPlace = { lines: 0, lineStart: 0 };
  for (;;) {
    const open = skipBlanks(text, start);
    if (text[open] !== '{') break;
    const end = objectEnd(text, open);
    if (end === -1 || !isJson(text.slice(open, end))) break;
    place = advance(text, place, start, open);
    objects.push({ text: text.slice(open, end), linesBefore: place.lines, columnsBefore: open - place.lineStart });
    place = advance(text, place, open, end);
    start = end;
  }
  const rest = { text: text.slice(start), linesBefore: place.lines, columnsBefore: start - place.lineStart };
  return { objects, rest };
}

/** Lines before a position, and where its own line starts. */
interface StreamPlace {
  readonly lines: number;
  readonly lineStart: number;
}

function advance(text: string, { lines, lineStart }: StreamPlace, from: number, to: number): StreamPlace {
  const part = text.slice(from, to);
  const last = part.lastIndexOf('\n');
  if (last === -1) return { lines, lineStart };
  return { lines: lines + part.split('\n').length - 1, lineStart: from + last + 1 };
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at;
}

/** Where the object that opens at `open` ends, or -1. Braces in strings do not count. */
function objectEnd(text: string, open: number): number {
  const token = /["{}]|\\./gs;
  token.lastIndex = open;
  let depth = 0;
  let inString = false;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '"') inString = !inString;
    else if (!inString && match[0] === '{') depth += 1;
    else if (!inString && match[0] === '}') depth -= 1;
    if (depth === 0) return token.lastIndex;
  }
  return -1;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not an error: braces begin a YAML mapping too.
    return false;
  }
}
