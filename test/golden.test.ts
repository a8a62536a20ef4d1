import { createCommand } from '../app/cli/create-command';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Issue, type Reference } from '../constructs';
import { writeDocuments } from '../constructs/wire/yaml/write-yaml';
import { examples, type RenderedExample, renderExample } from './golden/examples';

const FOLDER = join(__dirname, 'golden');

/** `UPDATE_GOLDEN=1 npx jest test/golden.test.ts` writes the files anew; the difference is for a reviewer. */
const UPDATE = Boolean(process.env['UPDATE_GOLDEN']);

const all = examples();

describe('golden files', () => {
  test.each(all.map((example) => [example.name, example] as const))('%s', (name, example) => {
    const rendered = renderExample(example);
    const files = { [`${name}.k8s.yaml`]: writeDocuments(rendered.manifests), [`${name}.issues.txt`]: findings(rendered) };
    if (UPDATE) for (const [file, text] of Object.entries(files)) writeFileSync(join(FOLDER, file), text);
    for (const [file, text] of Object.entries(files)) expect(text).toBe(readFileSync(join(FOLDER, file), 'utf8'));
  });

  test('there is one pair for each example and no other', () => {
    const wanted = all.flatMap(({ name }) => [`${name}.issues.txt`, `${name}.k8s.yaml`]).toSorted();
    if (UPDATE) for (const file of golden().filter((name) => !wanted.includes(name))) rmSync(join(FOLDER, file));
    expect(golden()).toEqual(wanted);
  });
});

function golden(): string[] {
  return readdirSync(FOLDER).filter(isGolden).toSorted();
}

function isGolden(file: string): boolean {
  return file.endsWith('.k8s.yaml') || file.endsWith('.issues.txt');
}

/** What is said of an example, one finding a line: warnings, then what must exist. */
function findings({ warnings, references }: RenderedExample): string {
  const lines = [...warnings.map(warningLine), ...references.map(referenceLine)];
  return lines.map((line) => `${line}\n`).join('');
}

function warningLine({ severity, path, rule, message }: Issue): string {
  return `${severity} ${path} [${rule}]: ${message}`;
}

function referenceLine(reference: Reference): string {
  const { kind, name, keys, path, purpose } = reference;
  const command = createCommand({ ...reference, namespace: undefined });
  const wanted = keys.length > 0 ? ` with ${keys.join(', ')}` : '';
  return `needs ${kind} ${name}${wanted} for ${path} (${purpose})${command === undefined ? '' : `: ${command}`}`;
}
