import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandName, helpText } from '../../app/options';
import { fences, fencesOf, pages, pageText, ROOT, titleOf } from './pages';

const KNOWN: Readonly<Record<string, RegExp>> = {
  bash: /^(slow|cluster|checkout|)$/,
  yaml: /^(file=\S+)?( ?invalid)?$/,
  ts: /^$/,
  text: /^(openclaw .*)?$/,
  mermaid: /^$/,
};

/** What needs a cluster whose pods really run, and why it is not tried here. */
const NEEDS_A_CLUSTER: Readonly<Record<string, string>> = {
  'kubectl create namespace': 'test/cluster/examples.test.ts makes namespaces and applies every example server-side',
  'kubectl -n openclaw create secret': 'test/app/printed-commands.test.ts runs the printed commands through a shell',
  'kubectl apply --server-side -f dist/': 'test/cluster/examples.test.ts applies the same manifests',
  'kubectl apply --server-side -f imports/crds/': 'test/cluster/crds.test.ts applies the CRDs with kubectl',
  'kubectl -n openclaw exec': 'needs the real application in a pod; the commands were measured on it',
};

describe('blocks of code', () => {
  const all = pages().flatMap(fencesOf);

  it.each(all.map((fence) => [titleOf(fence), fence] as const))('%s says how it is tried', (_title, { language, info }) => {
    expect(Object.keys(KNOWN)).toContain(language);
    expect(info).toMatch(KNOWN[language] ?? /^$/);
  });

  it('that need a cluster are known, each with its reason', () => {
    const commands = all.filter(({ info }) => info === 'cluster').flatMap(({ text }) => text.trimEnd().split('\n'));
    const known = Object.keys(NEEDS_A_CLUSTER);
    expect(commands.filter((command) => !known.some((start) => command.startsWith(start)))).toEqual([]);
    expect(known.filter((start) => !commands.some((command) => command.startsWith(start)))).toEqual([]);
  });

  it('name files that are there', () => {
    const files = Object.values(NEEDS_A_CLUSTER).flatMap((reason) => reason.match(/test\/\S+\.ts/g) ?? []);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe('text blocks', () => {
  const helps = fences('text').filter(({ info }) => info.endsWith('--help'));

  it.each(helps.map((fence) => [titleOf(fence), fence] as const))('%s is what the program prints', (_title, { info, text }) => {
    const [, command] = /^openclaw (?:(\w+) )?--help$/.exec(info) ?? [];
    expect(text).toBe(helpText(command as CommandName | undefined));
  });

  it('tell the help of every command', () => {
    expect(helps.map(({ info }) => info)).toEqual(['openclaw --help', 'openclaw synth --help', 'openclaw validate --help']);
  });
});

/** The anchor that a heading gets. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

describe('links', () => {
  const links = pages().flatMap((page) =>
    [
      ...pageText(page)
        .replaceAll(/```[^]*?```/g, '')
        .matchAll(/\]\(([^)]+)\)/g),
    ].map(([, target = '']) => [page, target] as const),
  );

  it.each(links.filter(([, target]) => !target.startsWith('https://')))('%s leads to %s', (page, target) => {
    const [path = '', fragment] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, file))).toBe(true);
    const anchors = [...pageText(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading));
    expect(fragment === undefined || anchors.includes(fragment)).toBe(true);
  });

  it('reach every page from the README', () => {
    const named = new Set(links.filter(([page]) => page === 'README.md').map(([, target]) => target.split('#')[0]));
    expect(pages().filter((page) => page !== 'README.md' && !named.has(page))).toEqual([]);
  });
});

describe('what pages name', () => {
  const { scripts, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    files: string[];
  };

  it('scripts of package.json are there', () => {
    const named = pages().flatMap((page) => [...pageText(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name));
    expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('files in backticks are there', () => {
    const named = pages().flatMap((page) =>
      [...pageText(page).matchAll(/`((?:app|constructs|imports|test|docs|controller|gitops|\.ci)\/[\w./-]*)`/g)].map(
        ([, path = '']) => path,
      ),
    );
    expect([...new Set(named)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('pages that link to each other are published together', () => {
    expect(files).toEqual(expect.arrayContaining(['docs', 'README.md', 'LICENSE']));
  });
});
