/** A part of a file, and how much stands before it: whole lines, and characters of its own first line. */
export interface Chunk {
  readonly text: string;
  readonly linesBefore: number;
  readonly columnsBefore: number;
}

/** A finding about the text of a file. Lines and columns count from 1. */
export interface TextIssue {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Split {
  readonly chunks: Chunk[];
  readonly issues: TextIssue[];
}

const MARKER = '---';

/**
 * Splits a file into documents as kubectl does: at lines that begin with `---`, before any YAML is read. Parts that hold
 * comments only are among the chunks; a part that begins on the line of its marker is an issue and is not.
 */
export function splitDocuments({ text, linesBefore, columnsBefore }: Chunk): Split {
  const chunks: Chunk[] = [];
  const issues: TextIssue[] = [];
  let part = { start: 0, linesBefore, columnsBefore, readable: true };
  const close = (end: number): void => {
    const chunk = text.slice(part.start, end);
    const { linesBefore: lines, columnsBefore: columns, readable } = part;
    if (readable && chunk.trim() !== '') chunks.push({ text: chunk, linesBefore: lines, columnsBefore: columns });
  };
  let line = linesBefore;
  for (let from = 0; from < text.length; line += 1) {
    const next = lineEnd(text, from);
    if (text.startsWith(MARKER, from)) {
      close(from);
      const rest = text.slice(from + MARKER.length, next).trim();
      const readable = rest === '' || rest.startsWith('#');
      if (!readable) issues.push(badMarker(line + 1));
      part = { start: next, linesBefore: line + 1, columnsBefore: 0, readable };
    }
    from = next;
  }
  close(text.length);
  return { chunks, issues };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end + 1;
}

function badMarker(line: number): TextIssue {
  const message = 'only a comment may follow "---" on its line, kubectl refuses anything else: begin the document on the next line';
  return { line, column: 4, message };
}
