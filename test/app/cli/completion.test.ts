import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { commands } from '../../../app/cli/options';
import { folderWith, removeFolders, run } from '../program';

afterAll(removeFolders);

/** What may stand in the place of the last word. */
async function completed(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run('__complete', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

const SHELLS = commands.completion.choices;

describe('completion', () => {
  it('knows commands, flags, values and fields', async () => {
    expect(await completed('')).toEqual(Object.keys(commands));
    expect(await completed('sy')).toEqual(['synth']);
    expect(await completed('synth', '--pr')).toEqual(['--prune']);
    expect(await completed('synth', '-o', '')).toEqual(['yaml', 'json']);
    expect(await completed('validate', '--output', 'j')).toEqual(['json']);
    expect(await completed('controller', '--delivery', '')).toEqual(['apply', 'git']);
    expect(await completed('help', 'val')).toEqual(['validate']);
    expect(await completed('completion', '')).toEqual([...SHELLS]);
    expect(await completed('explain', 'spec.stor')).toEqual(['spec.storage']);
    expect(await completed('explain', 'spec.networking.ingress.hosts.')).toEqual(
      expect.arrayContaining(['spec.networking.ingress.hosts.host']),
    );
  });

  it.each([
    ['files', ['synth', '']],
    ['a folder', ['synth', '-d', '']],
    ['an unknown command', ['constructor', '']],
    ['an unknown field', ['explain', 'spec.none.']],
  ])('leaves %s to the shell', async (_what, words) => {
    expect(await completed(...words)).toEqual([]);
  });

  it.each(SHELLS)('has a script that %s takes, where it is on the machine', async (shell) => {
    const { code, stdout } = await run('completion', shell);
    expect(code).toBe(0);
    for (const name of ['openclaw-cdk8s', 'kubectl-openclaw', '__complete']) expect(stdout).toContain(name);
    const { status, error } = spawnSync(shell, ['-n', join(folderWith({ script: stdout }), 'script')]);
    expect(error === undefined ? status : 0).toBe(0);
  });
});
