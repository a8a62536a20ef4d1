import { readFileSync } from 'node:fs';
import { sep } from 'node:path';

const texts = new Map<string, string>();

/**
 * The text of a file that stands beside the code: a program that runs in a pod, or a configuration. Constant bytes: inputs reach a program
 * by arguments, environment or a JSON file, never by editing its text.
 */
export function asset(folder: string, file: string): string {
  const path = `${folder}${sep}${file}`;
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(path, 'utf8');
    texts.set(path, text);
  }
  return text;
}
