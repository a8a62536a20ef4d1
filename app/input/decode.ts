import { isUtf8 } from 'node:buffer';

/**
 * The text of a file, as kubectl decodes it: UTF-8, or UTF-16 where the file begins with its mark, as files of Windows PowerShell do. A mark of
 * UTF-8 is left to the reader.
 */
export function decode(bytes: Buffer): string {
  const wide = wideEncoding(bytes);
  return wide === undefined ? bytes.toString('utf8') : new TextDecoder(wide).decode(bytes);
}

/** Whether the bytes are text in one of the encodings that {@link decode} knows. */
export function isText(bytes: Buffer): boolean {
  return wideEncoding(bytes) !== undefined || isUtf8(bytes);
}

function wideEncoding([first, second]: Buffer): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}
