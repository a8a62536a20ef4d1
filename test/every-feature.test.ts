import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as library from '../constructs';
import { features } from '../constructs/features';
import { examples } from './golden/examples';

const ROOT = join(__dirname, '..');
const folders = readdirSync(join(ROOT, 'constructs', 'features'), { withFileTypes: true }).filter((entry) => entry.isDirectory());

/** A claim is a path below `spec`. */
function isWritten(spec: unknown, claim: string): boolean {
  let value = spec;
  for (const step of claim.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false;
    value = (value as Record<string, unknown>)[step];
  }
  return true;
}

/** What a feature lacks to be one, in words. */
function lacking(name: string): string[] {
  const test = join(ROOT, 'test', 'constructs', 'features', `${name}.test.ts`);
  const part = features.find((feature) => feature.name === name);
  const inUse = examples().filter(({ instance, facts }) => {
    if (part === undefined || !part.claims.some((claim) => isWritten(instance.spec, claim))) return false;
    const resolution = library.resolve(instance, facts);
    return resolution.ok && part.isEnabled?.(resolution.instance.spec) !== false;
  });
  return [
    ...(part === undefined ? ['a line in constructs/features/index.ts'] : []),
    ...(existsSync(test) && /\b(?:test|it)(?:\.each\(|\()/.test(readFileSync(test, 'utf8')) ? [] : ['a test in test/constructs/features']),
    ...(inUse.length > 0 ? [] : ['an example in app/examples that switches it on']),
  ];
}

describe('T-R28 each folder of constructs/features', () => {
  it.each(folders.map(({ name }) => name))('%s is registered, has a test and an example', (name) => {
    expect(lacking(name)).toEqual([]);
  });

  it('is told from one that lacks all three', () => {
    expect(lacking('not-there')).toHaveLength(3);
  });

  it('whose construct is for authors has it in the package', () => {
    const files = folders.map(({ name }) => readFileSync(join(ROOT, 'constructs', 'features', name, `${name}.ts`), 'utf8'));
    const classes = files.flatMap((text) => [...text.matchAll(/^export class (\w+) extends PartConstruct/gm)].map(([, name = '']) => name));
    expect(classes.length).toBeGreaterThan(10);
    expect(classes.filter((name) => !Object.hasOwn(library, name))).toEqual([]);
  });

  it('stands for one registered feature, and each of those for a folder', () => {
    expect(features.map(({ name }) => name).toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
  });
});
