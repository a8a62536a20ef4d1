import { sep } from 'node:path';
import { assetFile } from './asset-file';

const texts = new Map<string, string>();

/**
 * The text of a file that stands beside the code: a program that runs in a pod, or a configuration. Constant bytes: inputs reach a program
 * by arguments, environment or a JSON file, never by editing its text. Comments of Node programs are left out.
 */
export function asset(folder: string, file: string): string {
  const path = `${folder}${sep}${file}`;
  let text = texts.get(path);
  if (text === undefined) {
    text = assetFile(folder, file);
    texts.set(path, text);
  }
  return text;
}
