import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { features } from '../constructs/features';

const ROOT = join(__dirname, '..');

/** What each folder of the top level may import, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  imports: [],
  constructs: ['imports'],
  app: ['constructs', 'gitops', 'controller'],
  controller: ['constructs', 'gitops'],
  gitops: ['constructs'],
};

/**
 * The rooms of each folder, from the ground up: a room imports what stands before it. A name with `.ts` is a door, a file of the folder itself.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  constructs: [
    'spec',
    'schema',
    'wire',
    'sink.ts',
    'hosts',
    'part.ts',
    'core',
    'features',
    'parts.ts',
    'resolve',
    'review',
    'authoring',
    'open-claw-stack.ts',
    'open-claw-chart.ts',
    'open-claw.ts',
    'index.ts',
  ],
  controller: [
    'objects',
    'api',
    'observe',
    'lifecycle',
    'decide',
    'carry-out',
    'status',
    'git',
    'self-config',
    'webhook',
    'hooks',
    'process',
    'install',
  ],
  gitops: ['git', 'registry', 'engines', 'bootstrap', 'layout', 'gate', 'publish', 'forge', 'propose', 'oci'],
  app: ['input', 'cli', 'main.ts'],
};

/** Every TypeScript file of a folder, as a path from the root. */
function sources(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, file));
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The code of a file: comments are gone, and what stands in quotes. */
function codeOf(file: string): string {
  return textOf(file)
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/(^|[^:'"`\\])\/\/.*$/gm, '$1')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

/** What a file imports, types included. */
function importsOf(file: string): string[] {
  return [...textOf(file).matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) => target);
}

/** The file that an import of `file` leads to. */
function targetOf(file: string, target: string): string {
  const path = normalize(join(dirname(file), target));
  return [`${path}.ts`, `${path}/index.ts`].find((candidate) => existsSync(join(ROOT, candidate))) ?? path;
}

const folders = Object.keys(MAY_IMPORT);
const all = folders.flatMap(sources);
const core = sources('constructs');

/** The files that do what only they may do, in the order of `files`. */
function those(files: readonly string[], holds: (file: string) => boolean): string[] {
  return files.filter(holds).toSorted();
}

describe('the top level', () => {
  it.each(folders)('%s imports only what it may', (folder) => {
    const allowed = new Set([folder, ...(MAY_IMPORT[folder] ?? [])]);
    const wrong = sources(folder).flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => normalize(join(dirname(file), target)).split('/')[0] ?? '')
        .filter((top) => !allowed.has(top))
        .map((top) => `${file} imports ${top}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has sources to look at', () => {
    expect(core.length).toBeGreaterThan(50);
    expect(sources('app').length).toBeGreaterThan(10);
  });
});

describe('the rooms of a folder', () => {
  /** Where a file stands in the table, or -1. */
  const floorOf = (file: string): number => {
    const [top = '', room = ''] = file.split('/');
    return (ROOMS[top] ?? []).indexOf(room);
  };
  const inside = Object.keys(ROOMS).flatMap(sources);

  it('are those of the table, and every file stands in one', () => {
    expect(those(inside, (file) => floorOf(file) === -1)).toEqual([]);
    const empty = Object.entries(ROOMS).flatMap(([top, rooms]) =>
      rooms.filter((room) => !existsSync(join(ROOT, top, room))).map((room) => `${top}/${room}`),
    );
    expect(empty).toEqual([]);
  });

  it('import what stands below them, so that no two lean on each other', () => {
    const wrong = inside.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => targetOf(file, target))
        .filter((target) => target.split('/')[0] === file.split('/')[0] && floorOf(target) > floorOf(file))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('constructs', () => {
  it('T-R26 read files in the loader of assets only, which the build replaces', () => {
    const readers = those(core, (file) =>
      importsOf(file).some((target) => /^node:(fs|child_process|http|https|net|dns|os|tls|worker_threads)/.test(target)),
    );
    // The loader of formats asks node:net whether a text is an address; it opens no connection.
    expect(readers).toEqual(['constructs/schema/formats.ts', 'constructs/wire/asset-file.ts']);
    expect(importsOf('constructs/schema/formats.ts').filter((target) => target.startsWith('node:'))).toEqual(['node:net']);
    expect(textOf('constructs/schema/formats.ts')).toMatch(/^import \{ isIP, isIPv4, isIPv6 \} from 'node:net';$/m);
  });

  it.each([
    ['the environment', /\bprocess\.(?!release)\w/],
    ['the clock', /\bDate\.now|\bnew Date\(\s*\)|\bperformance\.|\bhrtime\b/],
    ['randomness', /\bMath\.random|\brandom(?:Bytes|UUID)\(|\bgetRandomValues/],
    ['the network', /\bfetch\(/],
    ['a console', /\bconsole\./],
    ['timers', /\bset(?:Timeout|Interval|Immediate)\(/],
  ])('know nothing of %s', (_what, pattern) => {
    expect(those(core, (file) => pattern.test(codeOf(file)))).toEqual([]);
  });

  it('ask for no default of a field that the schema fills', () => {
    // The type of a resolved field tells whether it may be missing; asking where it cannot be is a default in the wrong place.
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'node_modules/oxlint/bin/oxlint'),
        '--type-aware',
        '-A',
        'all',
        '-D',
        'typescript/no-unnecessary-condition',
        'constructs/core',
        'constructs/features',
        'constructs/open-claw-stack.ts',
        'constructs/open-claw-chart.ts',
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect({ status, told: status === 0 ? '' : stdout }).toEqual({ status: 0, told: '' });
  }, 60_000);
});

describe('features', () => {
  const indexes = ['constructs/features/index.ts', 'constructs/index.ts'];

  it.each(features.map(({ name }) => name))('%s is imported by the registry, and exported to users, and by nobody else', (name) => {
    const folder = `constructs/features/${name}`;
    expect(existsSync(join(ROOT, folder, `${name}.ts`))).toBe(true);
    const outside = all.filter((file) => !file.startsWith(`${folder}/`) && !indexes.includes(file));
    const leads = (file: string): boolean => importsOf(file).some((target) => normalize(join(dirname(file), target)).startsWith(folder));
    expect(those(outside, leads)).toEqual([]);
  });

  it.each(features.flatMap(({ name, claims }) => claims.map((claim) => [claim, name] as const)))('%s is read by %s only', (claim, name) => {
    const last = claim.split('.').at(-1) ?? claim;
    // `spec.chromium`, and `{ chromium }` out of a spec.
    const reads = new RegExp(
      String.raw`\b(?:spec|draft|networking)\.${last}\b|\{[^{}()=]*\b${last}\b[^{}()=]*\}(?::[^=,)]*)? = [^;]*\bspec\b`,
    );
    const outside = core.filter((file) => !file.startsWith(`constructs/features/${name}/`) && file !== 'constructs/wire/names.ts');
    expect(those(outside, (file) => reads.test(codeOf(file)))).toEqual([]);
  });
});

describe('one door to each outside world', () => {
  it.each(['@kubernetes/client-node', 'simple-git'])('%s is imported in one file at most', (name) => {
    expect(
      those(all, (file) => importsOf(file).some((target) => target === name || target.startsWith(`${name}/`))).length,
    ).toBeLessThanOrEqual(1);
  });

  it('nobody but the Git edge runs git, and nobody runs a shell', () => {
    const runners = those(all, (file) => importsOf(file).includes('node:child_process'));
    expect(runners.filter((file) => !file.startsWith('gitops/'))).toEqual([]);
  });
});

describe('files', () => {
  it('have less than 400 lines', () => {
    expect(those(all, (file) => !file.startsWith('imports/') && textOf(file).split('\n').length > 400)).toEqual([]);
  });

  it('have names that say what is in them', () => {
    const vague = /(^|[/-])(utils?|helpers?|managers?|common|misc)([.-]|\/|$)/;
    expect(those([...all, ...sources('test')], (file) => vague.test(file))).toEqual([]);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(textOf('package.json')) as Record<string, unknown> & {
    dependencies: Record<string, string>;
    license: string;
  };

  it('pins what it depends on', () => {
    expect(Object.entries(manifest.dependencies).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('says what it is, under which licence', () => {
    expect(manifest['description']).toMatch(/OpenClaw.*Kubernetes/);
    expect([manifest.license, textOf('LICENSE').split('\n')[0]]).toEqual(['MIT', 'MIT License']);
  });
});
