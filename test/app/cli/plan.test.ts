import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runCommand } from '../../../app/cli/command';
import { streamsOf } from '../../../app/cli/streams';
import { folderWith, instanceYaml, removeFolders, run } from '../program';

afterAll(removeFolders);

const edited = '{image: {tag: "2026.9.6"}, env: [{name: A, value: b}]}';

it('compares instances with an older state of the same files', async () => {
  const folder = folderWith({ 'old.yaml': instanceYaml('alice'), 'new.yaml': instanceYaml('alice', { spec: edited }) });
  const { code, stdout } = await run('plan', join(folder, 'new.yaml'), '--base', join(folder, 'old.yaml'));
  const lines = stdout.trimEnd().split('\n');
  expect([code, ...lines.slice(0, 4)]).toEqual([
    0,
    'team-a/alice: 1 configured, 9 unchanged',
    '  ~ StatefulSet alice  (restart)',
    '      + spec.template.spec.containers[openclaw].env[A]: {"name":"A","value":"b"}  (restart)',
    '1 instance to change, 0 unchanged; risks: restart',
  ]);
  expect(lines[4]).toMatch(/^plan sha256:[0-9a-f]{64}$/);
});

it('compares instances with manifests that synth wrote, and finds nothing where nothing changed', async () => {
  const folder = folderWith({ 'in/alice.yaml': instanceYaml('alice'), 'in/bob.yaml': instanceYaml('bob') });
  await run('synth', join(folder, 'in'), '-d', join(folder, 'out'));
  const same = await run('plan', join(folder, 'in'), '--base', join(folder, 'out'), '--exit-code');
  expect([same.code, same.stdout]).toEqual([0, 'nothing changes; 2 instances looked at\n']);
  const one = ['plan', join(folder, 'in/alice.yaml'), '--base', join(folder, 'out'), '--exit-code'];
  expect((await run(...one)).code).toBe(0);
  const pruned = await run(...one, '--prune');
  expect([pruned.code, pruned.stdout.split('\n')[0]]).toEqual([1, 'team-a/bob: 10 deleted, 0 unchanged']);
});

it('is JSON and Markdown as well; diff is another name of it', async () => {
  const folder = folderWith({ 'old.yaml': instanceYaml('alice'), 'new.yaml': instanceYaml('alice', { spec: edited }) });
  const args = [join(folder, 'new.yaml'), '--base', join(folder, 'old.yaml')];
  const json = JSON.parse((await run('plan', ...args, '-o', 'json')).stdout) as {
    hash: string;
    risks: string[];
    instances: { objects: object[] }[];
  };
  expect(json).toMatchObject({
    risks: ['restart'],
    instances: [{ namespace: 'team-a', name: 'alice', objects: [{ kind: 'StatefulSet', action: 'configured' }] }],
  });
  const { stdout } = await run('diff', ...args, '-o', 'markdown');
  expect(stdout).toContain('| configured | `StatefulSet alice` | restart |');
  expect(stdout).toContain(`Plan: \`${json.hash}\``);
});

it('tells mistakes as synth does, and plans nothing', async () => {
  const folder = folderWith({ 'new.yaml': instanceYaml('alice', { spec: '{nothing: 1}' }) });
  const { code, stdout, stderr } = await run('plan', join(folder, 'new.yaml'), '--base', folder);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('spec.nothing');
});

it.each([
  [['--base', '-'], '--base is -: standard input may have the instances, and a base is a path, git or cluster'],
  [['--base', 'git'], '--base git needs --git-url and --cluster-name'],
  [['--prune'], '--prune speaks of files and of Git: a cluster is looked at for the instances in the files alone'],
  [['-o', 'yaml', '--base', '.'], 'unknown output format "yaml": use text or json or markdown'],
])('%j is told to be impossible', async (flags, message) => {
  const folder = folderWith({ 'a.yaml': instanceYaml('alice') });
  const { code, stderr } = await run('plan', '-q', join(folder, 'a.yaml'), ...flags);
  expect([code, stderr]).toEqual([2, `error: ${message}\n`]);
});

it('names a base that is not there, and one with a mistake', async () => {
  const folder = folderWith({ 'a.yaml': instanceYaml('alice'), 'bad.yaml': instanceYaml('alice', { spec: '{x: 1}' }) });
  const missing = await run('plan', '-q', join(folder, 'a.yaml'), '--base', join(folder, 'nowhere'));
  expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('nowhere') as string]);
  const bad = await run('plan', '-q', join(folder, 'a.yaml'), '--base', join(folder, 'bad.yaml'));
  expect([bad.code, bad.stderr]).toEqual([3, expect.stringContaining('spec.x') as string]);
});

it('is coloured on a terminal, and not where NO_COLOR is set', async () => {
  const folder = folderWith({ 'old.yaml': instanceYaml('alice'), 'new.yaml': instanceYaml('alice', { spec: edited }) });
  const printed = async (environment: Record<string, string>): Promise<string> => {
    let text = '';
    const terminal = { isTTY: true, write: (more: string) => (text += more) };
    const silent = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { isTTY: true });
    await runCommand(
      ['plan', '-q', join(folder, 'new.yaml'), '--base', join(folder, 'old.yaml')],
      streamsOf(terminal, silent, environment),
      () => '',
    );
    return text;
  };
  expect(await printed({})).toContain('\u001b[35m(restart)\u001b[0m');
  expect(await printed({ NO_COLOR: '1' })).not.toContain('\u001b');
});
