import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** A block of code in a page. */
export interface Fence {
  readonly page: string;
  readonly line: number;
  /** `bash`, `yaml`, `ts`, `text`, `mermaid`. */
  readonly language: string;
  /** What follows the language: `slow`, `cluster`, `file=alice.yaml`, or a command. */
  readonly info: string;
  readonly text: string;
}

/** Every page that users read. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...docs.toSorted().map((file) => `docs/${file}`)];
}

export function pageText(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** The blocks of a page, in order. */
export function fencesOf(page: string): Fence[] {
  const found: Fence[] = [];
  let open: { language: string; info: string; line: number; lines: string[] } | undefined;
  for (const [index, text] of pageText(page).split('\n').entries()) {
    if (!text.startsWith('```')) open?.lines.push(text);
    else if (open === undefined) {
      const [language = '', ...info] = text.slice(3).split(' ');
      open = { language, info: info.join(' '), line: index + 1, lines: [] };
    } else {
      const { lines, ...place } = open;
      found.push({ page, ...place, text: lines.map((line) => `${line}\n`).join('') });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line}: the block is not closed`);
  return found;
}

/** All blocks of a language. */
export function fences(language: string): Fence[] {
  return pages()
    .flatMap(fencesOf)
    .filter((fence) => fence.language === language);
}

/** The name of a block in the title of a test. */
export function titleOf({ page, line, info }: Fence): string {
  return `${page}:${line}${info === '' ? '' : ` (${info})`}`;
}

/** The file that a block wants to be beside the commands. */
export function fileOf({ info }: Fence): string | undefined {
  return /(?:^| )file=(\S+)/.exec(info)?.[1];
}

/** The tables of a page: a list of rows of cells for each heading that has one. */
export function tableUnder(page: string, heading: string): string[][] {
  const [, section = ''] = pageText(page).split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** What stands between backticks. */
export function quoted(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}
