import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutComments } from './without-comments';

/** The text of a file beside the code, as it is delivered. The build puts a table of these texts in the place of this module. */
export function assetFile(folder: string, file: string): string {
  const text = readFileSync(join(folder, file), 'utf8');
  return file.endsWith('.mjs') ? withoutComments(text) : text;
}
