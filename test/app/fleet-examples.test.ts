import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolders, run } from './program';

const ROOT = join(__dirname, '..', '..', 'app', 'fleet-examples');

const FLAGS =
  '--cluster-name prod --namespaces team-a,team-b --git-url https://git.example.com/platform/assistants --git-branch deploy --instances-path assistants --instances-branch main';

afterAll(removeFolders);

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted();

describe.each(['argocd', 'flux'])('the repository to begin with for %s', (engine) => {
  const folder = join(ROOT, engine);

  it('holds the set-up that gitops init writes', async () => {
    const file = join(folder, 'bootstrap', 'openclaw-prod.yaml');
    const { code, stdout } = await run('gitops', 'init', '--engine', engine, ...FLAGS.split(' '));
    expect(code).toBe(0);
    if (process.env['UPDATE_GOLDEN']) writeFileSync(file, stdout);
    expect(readFileSync(file, 'utf8')).toBe(stdout);
  });

  it('holds assistants that resolve', async () => {
    const { code, stdout } = await run('synth', join(folder, 'assistants'));
    expect(code).toBe(0);
    expect(stdout.match(/^kind: StatefulSet$/gm)).toHaveLength(2);
  });

  it('names one repository, which its reader replaces', () => {
    const urls = ['root.yaml', 'bootstrap/openclaw-prod.yaml'].flatMap((file) =>
      readFileSync(join(folder, file), 'utf8').match(/https:\/\/git\S*/g),
    );
    expect([...new Set(urls)]).toEqual(['https://git.example.com/platform/assistants']);
  });

  it('is the same but for the engine', () => {
    const other = join(ROOT, engine === 'argocd' ? 'flux' : 'argocd');
    expect(filesIn(folder)).toEqual(filesIn(other));
    for (const file of filesIn(folder).filter((path) => path.startsWith('assistants/') || path === 'bootstrap/namespaces.yaml')) {
      expect(readFileSync(join(folder, file), 'utf8')).toBe(readFileSync(join(other, file), 'utf8'));
    }
  });
});
