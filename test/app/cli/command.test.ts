import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { runCommand } from '../../../app/cli/command';
import { helpText } from '../../../app/cli/help';
import { type Command, type CommandName, commands } from '../../../app/cli/options';
import { progressOn } from '../../../app/cli/progress';
import { streamsOf } from '../../../app/cli/streams';
import { folderWith, instanceYaml, removeFolders, run } from '../program';

afterAll(removeFolders);

const good = (): string => folderWith({ 'a.yaml': instanceYaml('alice') });
const bad = (): string => folderWith({ 'a.yaml': instanceYaml('alice', { spec: '{image: {tag: x}, gateway: {enabled: 5}}' }) });

const NAMES = Object.keys(commands) as CommandName[];

describe('openclaw-cdk8s', () => {
  it('says how it is used, on standard error and with code 2, when it is told nothing', async () => {
    expect(await run()).toEqual({ code: 2, stdout: '', stderr: helpText() });
  });

  it.each(['--help', '-h', 'help'])('%s goes to standard output', async (flag) => {
    expect(await run(flag)).toEqual({ code: 0, stdout: helpText(), stderr: '' });
  });

  it.each(NAMES)('%s --help names every flag, and help %s says the same', async (name) => {
    const { code, stdout, stderr } = await run(name, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { flags }: Command = commands[name];
    for (const [flag, { help }] of Object.entries(flags)) {
      expect(stdout).toContain(`--${flag}`);
      expect(stdout).toContain(`  ${help}`);
    }
    expect(await run('help', name)).toEqual({ code: 0, stdout, stderr: '' });
  });

  it.each([
    [['foo'], `unknown command "foo": use ${NAMES.slice(0, -1).join(', ')} or help`],
    [['toString'], `unknown command "toString": use ${NAMES.slice(0, -1).join(', ')} or help`],
    [['sinth'], 'unknown command "sinth": did you mean synth?'],
    [['-n', 'x', 'synth', 'a.yaml'], '-n stands before the command: write openclaw-cdk8s COMMAND -n'],
    [['help', 'validte'], 'unknown command "validte": did you mean validate?'],
    [['synth', ''], 'a path is empty: name a file or a folder, or - for standard input'],
    [['synth'], 'no input: name a file or a folder (openclaw-cdk8s synth [-d DIR] [-n NAMESPACE] [-f] PATH...)'],
    [['synth', '--bogus', 'a.yaml'], "unknown option '--bogus'"],
    [['synth', '--namespce', 'x', 'a.yaml'], "unknown option '--namespce'; did you mean --namespace?"],
    [['synth', '--strict=true', 'a.yaml'], '--strict takes no value: write --strict'],
    [['synth', '-n'], "option '-n, --namespace <NAMESPACE>' argument missing: write it behind the flag"],
    [['validate', '-o', 'yaml', 'a.yaml'], 'unknown output format "yaml": use text or json'],
    [['validate', '-q', '--verbose', 'a.yaml'], '--quiet and --verbose exclude each other: give one'],
    [
      ['synth', '-o', 'out', 'a.yaml'],
      '-o is the output format, yaml or json, and not "out": to write files into a folder, write --output-dir out',
    ],
    [
      ['synth', '-o', '-', 'a.yaml'],
      '-o is the output format, yaml or json, and not "-": without --output-dir all goes to standard output',
    ],
    [['synth', '-d', '-', 'a.yaml'], '--output-dir is a folder: without it all goes to standard output'],
    [['synth', '-d', 'out', '-o', 'json', 'a.yaml'], 'files are YAML: leave out -o json or --output-dir'],
    [['synth', '--prune', 'a.yaml'], '--prune speaks of files: give --output-dir too'],
    [['synth', '--dry-run', 'a.yaml'], '--dry-run speaks of files: give --output-dir too'],
    [['completion', 'tcsh'], 'name one shell: bash, zsh, fish'],
    [['explain'], 'name one field, such as spec.storage.persistence'],
    [['synth', '-n', 'A_B', 'a.yaml'], '"A_B" cannot be a namespace: use lower-case letters, digits and \'-\''],
  ])('%j is answered with code 2 and what to write instead', async (args, message) => {
    expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: `error: ${message}\n` });
  });
});

describe('exit codes and streams', () => {
  it('synth: the command for Secrets that it names makes them; there is none where no Secret is short', async () => {
    const command = /: openclaw-cdk8s (secrets .*)\n/.exec((await run('synth', '-n', 'team-a', good())).stderr)?.[1] ?? '';
    const { code, stdout } = await run(...command.split(' '));
    expect([code, stdout]).toEqual([0, expect.stringContaining('--only team-a/alice-gateway-token ') as string]);
    const own = instanceYaml('alice', {
      spec: '{image: {tag: "2026.9.6"}, gateway: {existingSecret: mine}, envFrom: [{secretRef: {name: keys}}]}',
    });
    const none = `${own}---\napiVersion: v1\nkind: Secret\nmetadata: {name: mine, namespace: team-a}\n`;
    expect((await run('synth', folderWith({ 'a.yaml': none }))).stderr).not.toContain('secrets -o');
  });

  it('validate: 0 and 1, nothing on standard output', async () => {
    expect(await run('validate', good())).toMatchObject({ code: 0, stdout: '' });
    expect(await run('validate', bad())).toMatchObject({ code: 1, stdout: '' });
  });

  it('warnings alone are no failure', async () => {
    const { code, stderr } = await run('validate', folderWith({ 'a.yaml': instanceYaml('alice', { spec: '{}' }) }));
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('a.yaml:6:1: warning: spec.image.tag: is "latest"'),
    });
  });

  it('every issue of every file comes at once, in order of place', async () => {
    const folder = folderWith({
      'b.yaml': instanceYaml('bob', { spec: '{gateway: {enabled: 5}, imagee: {}, image: {tag: x}}' }),
      'a.yaml': 'apiVersion: openclaw.rocks/v1alpha1\nx: [',
      'c.yaml': instanceYaml('carol', { spec: '{imagee: {}}' }),
    });
    const { stderr } = await run('validate', folder);
    const places = stderr
      .split('\n')
      .filter((line) => line.includes(' error: '))
      .map((line) => line.slice(folder.length + 1).split(' ')[0]);
    expect(places).toEqual(['a.yaml:2:5:', 'b.yaml:6:18:', 'b.yaml:6:31:', 'c.yaml:6:8:']);
  });
});

describe('validate -o json', () => {
  it('is complete and stable', async () => {
    const folder = folderWith({
      'a.yaml': `${instanceYaml('alice', { spec: '{gateway: {enabled: 5}}' })}---\n${instanceYaml('bob', { spec: '{envFrom: [{secretRef: {name: keys}}]}' })}---\nx: 1\n`,
    });
    const first = await run('validate', '-o', 'json', folder);
    const second = await run('validate', '-o', 'json', folder);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ code: 1, stderr: '' });
    const file = join(folder, 'a.yaml');
    expect(JSON.parse(first.stdout)).toEqual({
      valid: false,
      instances: [
        { file, line: 1, namespace: 'team-a', name: 'alice' },
        { file, line: 8, namespace: 'team-a', name: 'bob' },
      ],
      issues: [
        {
          file,
          line: 6,
          column: 18,
          path: 'spec.gateway.enabled',
          rule: 'schema/type',
          severity: 'error',
          message: expect.any(String) as string,
        },
        {
          file,
          line: 13,
          column: 1,
          path: 'spec.image.tag',
          rule: 'image/latest',
          severity: 'warning',
          message: expect.any(String) as string,
        },
        {
          file,
          line: 15,
          column: 1,
          path: '',
          rule: 'file',
          severity: 'error',
          message: 'is not a Kubernetes object: it needs apiVersion and kind as text',
        },
      ],
      references: [
        {
          kind: 'Secret',
          namespace: 'team-a',
          name: 'bob-gateway-token',
          keys: ['token'],
          purpose: 'gateway token',
          path: 'spec.gateway.existingSecret',
        },
        { kind: 'Secret', namespace: 'team-a', name: 'keys', keys: [], purpose: 'environment of the agent', path: 'spec.envFrom[0]' },
      ],
    });
    expect(Object.keys((JSON.parse(first.stdout) as { issues: object[] }).issues[0] ?? {})).toEqual([
      'file',
      'line',
      'column',
      'path',
      'rule',
      'severity',
      'message',
    ]);
  });

  it('is JSON for files that are not there too', async () => {
    const { code, stdout } = await run('validate', '-o', 'json', '/nowhere/a.yaml');
    expect({ code, valid: (JSON.parse(stdout) as { valid: boolean }).valid }).toEqual({ code: 1, valid: false });
  });

  it('says valid for what has warnings only', async () => {
    const { code, stdout } = await run('validate', '-o', 'json', folderWith({ 'a.yaml': instanceYaml('alice', { spec: '{}' }) }));
    expect({ code, valid: (JSON.parse(stdout) as { valid: boolean }).valid }).toEqual({ code: 0, valid: true });
  });
});

describe('-f', () => {
  it('names files as operands do, and may be repeated', async () => {
    const [one, two] = [good(), folderWith({ 'b.yaml': instanceYaml('bob') })];
    const { code, stdout } = await run('synth', '-f', one, '--filename', join(two, 'b.yaml'));
    expect({ code, names: new Set(stdout.match(/^ {2}name: \w+$/gm)) }).toEqual({
      code: 0,
      names: new Set(['  name: alice', '  name: bob']),
    });
    expect((await run('synth', two, '-f', one)).stdout).toBe(stdout);
  });
});

describe('-o', () => {
  it('json is one List, which kubectl takes, of the objects that YAML has', async () => {
    const folder = good();
    const { stdout } = await run('synth', '-o', 'json', folder);
    const list = JSON.parse(stdout) as { apiVersion: string; kind: string; items: unknown[] };
    const yaml = (await run('synth', '-o', 'yaml', folder)).stdout;
    expect({ ...list, items: list.items.length }).toEqual({ apiVersion: 'v1', kind: 'List', items: 10 });
    expect(parseAllDocuments(yaml).map((document) => document.toJS() as unknown)).toEqual(list.items);
  });
});

describe('exit codes', () => {
  it.each([
    ['0 for warnings', ['validate'], instanceYaml('alice', { spec: '{}' }), 0],
    ['1 for warnings with --strict', ['validate', '--strict'], instanceYaml('alice', { spec: '{}' }), 1],
    ['1 for findings', ['validate'], instanceYaml('alice', { spec: '{imagee: {}}' }), 1],
    ['2 for a flag that there is not', ['validate', '--sctrict'], instanceYaml('alice'), 2],
    ['3 for a folder that cannot be made', ['synth', '-d', '/dev/null/out'], instanceYaml('alice'), 3],
  ])('%s', async (_what, args, text, expected) => {
    expect((await run(...args, folderWith({ 'a.yaml': text }))).code).toBe(expected);
  });

  it('--strict calls warnings errors, and writes nothing', async () => {
    const { stdout, stderr } = await run('synth', '--strict', folderWith({ 'a.yaml': instanceYaml('alice', { spec: '{}' }) }));
    expect(stdout).toBe('');
    expect(stderr).toMatch(/a\.yaml:6:1: error: spec\.image\.tag: is "latest".*\n1 error; nothing was written\n$/);
  });
});

describe('--quiet', () => {
  it('leaves errors only', async () => {
    const warned = folderWith({ 'a.yaml': instanceYaml('alice', { spec: '{}' }), 'b.yaml': 'kind: Other\n' });
    expect(await run('synth', '-q', warned)).toMatchObject({ code: 0, stderr: '' });
    const { stderr } = await run('validate', '--quiet', bad());
    expect(stderr).toMatch(/^.*spec\.gateway\.enabled: must be.*\n$/);
  });
});

describe('colours', () => {
  const terminal = { isTTY: true, write: () => true };
  const pipe = { isTTY: false, write: () => true };

  it.each([
    ['a terminal', terminal, {}, true],
    ['a pipe', pipe, {}, false],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR, which counts as none', terminal, { NO_COLOR: '' }, true],
    ['a terminal that is dumb', terminal, { TERM: 'dumb' }, false],
  ])('for %s', (_what, stderr, environment, expected) => {
    expect(streamsOf(pipe, stderr, environment).hasColors).toBe(expected);
  });

  it('mark the severity, and nothing of the user', async () => {
    const written: string[] = [];
    const streams = { stdout: () => {}, stderr: (text: string) => written.push(text), isTerminal: false, hasColors: true };
    await runCommand(['validate', bad()], streams, () => '');
    expect(written.join('')).toContain(':6:35: \u001B[1;31merror\u001B[0m: spec.gateway.enabled: must be');
    expect((await run('validate', bad())).stderr).not.toContain('\u001B');
  });
});

describe('progress', () => {
  it('is silent when nobody watches', () => {
    const progress = progressOn(undefined);
    expect(() => progress.phase('instances', 5)(1)).not.toThrow();
  });

  it('T-R27 shows itself after a second, then now and then, in every phase, and wipes its line', () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(0);
    const written: string[] = [];
    const progress = progressOn((text) => written.push(text));
    const read = progress.phase('documents read');
    const made = progress.phase('instances', 9);
    for (const [time, step, done] of [
      [900, read, 1],
      [1000, read, 2],
      [1100, made, 3],
      [1200, made, 4],
    ] as const) {
      now.mockReturnValue(time);
      step(done);
    }
    progress.end();
    now.mockRestore();
    expect(written).toEqual(['\r\u001B[K2 documents read', '\r\u001B[K4 of 9 instances', '\r\u001B[K']);
  });

  it('T-R27 covers reading, making and writing', async () => {
    let time = 0;
    const now = jest.spyOn(Date, 'now').mockImplementation(() => (time += 1000));
    const written: string[] = [];
    const streams = { stdout: () => {}, stderr: (text: string) => written.push(text), isTerminal: true };
    const folder = folderWith({ 'a.yaml': `${instanceYaml('alice')}---\n${instanceYaml('bob')}` });
    await runCommand(['synth', folder], streams, () => '');
    await runCommand(['synth', '-d', join(folder, 'out'), folder], streams, () => '');
    now.mockRestore();
    // oxlint-disable-next-line no-control-regex -- what wipes the line
    const told = written.flatMap((text) => /^\r\u001B\[K(.+)$/.exec(text)?.[1] ?? []);
    const phases = ['2 documents read', '2 of 2 instances', '2 of 2 instances written'];
    expect(told.filter((line) => line.startsWith('2'))).toEqual([...phases, ...phases]);
  });

  it('never shows itself in a short run', () => {
    const written: string[] = [];
    const progress = progressOn((text) => written.push(text));
    progress.phase('instances', 9)(1);
    progress.end();
    expect(written).toEqual([]);
  });
});
