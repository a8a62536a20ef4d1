/** Characters for which YAML has only escapes, so that a block cannot hold them: controls but tab and line feed, unpaired surrogates. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const NEEDS_ESCAPES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u{d800}-\u{dfff}]/u;

/** A first visible line that begins with a blank needs its indentation stated: readers would guess wrong. */
const LEADING_BLANK = /^\n* /;

/**
 * The text of a string with line ends as a literal block: its header, then its lines at `indent`. `undefined` when the string
 * needs escapes, is blank, or ends in blanks.
 */
export function blockText(value: string, indent: string): string | undefined {
  if (NEEDS_ESCAPES.test(value)) return undefined;
  const end = contentEnd(value);
  if (end === 0 || isBlank(value.charCodeAt(end - 1))) return undefined;
  const lineEnds = value.length - end;
  const header = (LEADING_BLANK.test(value) ? '2' : '') + chomping(lineEnds);
  const lines = value.slice(0, end).replace(/\n+/g, `$&${indent}`);
  return `|${header}\n${indent}${lines}${'\n'.repeat(Math.max(lineEnds - 1, 0))}`;
}

function contentEnd(value: string): number {
  let end = value.length;
  while (end > 0 && value.charCodeAt(end - 1) === 0x0a) end -= 1;
  return end;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Line ends after the content: none (strip), one (clip, the default), or more (keep). */
function chomping(lineEnds: number): string {
  if (lineEnds === 0) return '-';
  return lineEnds === 1 ? '' : '+';
}
