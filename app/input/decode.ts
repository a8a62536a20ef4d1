/**
 * The text of a file, as kubectl decodes it: UTF-8, or UTF-16 where the file begins with its mark, as files of Windows PowerShell do. A mark of
 * UTF-8 is left to the reader.
 */
export function decode(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8');
}
