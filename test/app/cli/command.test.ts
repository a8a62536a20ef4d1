import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { commands, helpText } from '../../../app/cli/options';
import { progressOn } from '../../../app/cli/progress';
import { builtPackage } from '../built-package';
import { folderWith, instanceYaml, removeFolders, run, runProgram } from '../program';

afterAll(removeFolders);

const good = (): string => folderWith({ 'a.yaml': instanceYaml('alice') });
const bad = (): string => folderWith({ 'a.yaml': instanceYaml('alice', { spec: '{image: {tag: x}, gateway: {enabled: 5}}' }) });

describe('openclaw', () => {
  it('says how it is used, on standard error and with code 1, when it is told nothing', async () => {
    expect(await run()).toEqual({ code: 1, stdout: '', stderr: helpText() });
  });

  it.each(['--help', '-h'])('%s goes to standard output', async (flag) => {
    expect(await run(flag)).toEqual({ code: 0, stdout: helpText(), stderr: '' });
  });

  it.each(Object.keys(commands))('%s --help names every flag', async (command) => {
    const { code, stdout, stderr } = await run(command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const flag of Object.keys(commands[command as keyof typeof commands].flags)) expect(stdout).toContain(`--${flag}`);
  });

  it.each(['--version', '-V'])('%s prints the version of the package', (flag) => {
    expect(runProgram([flag])).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string, stderr: '' });
  });

  it.each([
    [['foo'], `unknown command "foo": use ${Object.keys(commands).join(' or ')}`],
    [['toString'], `unknown command "toString": use ${Object.keys(commands).join(' or ')}`],
    [['synth'], 'no input: name a file or a folder (openclaw synth [-o DIR] [-n NAMESPACE] PATH...)'],
    [['synth', '--bogus', 'a.yaml'], "Unknown option '--bogus'"],
    [['synth', '-n'], "Option '-n, --namespace <value>' argument missing"],
    [['validate', '-o', 'yaml', 'a.yaml'], 'unknown output format "yaml": use text or json'],
    [['synth', '-n', 'A_B', 'a.yaml'], '"A_B" cannot be a namespace: use lower-case letters, digits and \'-\''],
  ])('%j is answered with code 1 and what to write instead', async (args, message) => {
    expect(await run(...args)).toEqual({ code: 1, stdout: '', stderr: `error: ${message}\n` });
  });
});

describe('exit codes and streams', () => {
  it('synth: manifests on standard output, everything else on standard error', () => {
    const { code, stdout, stderr } = runProgram(['synth', good()]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^---\napiVersion: v1\n/);
    expect(stderr).toBe(
      [
        'team-a/alice: 10 objects',
        'These must exist in the cluster before the pods can start:',
        '  Secret team-a/alice-gateway-token (gateway token; keys: token)',
        '    kubectl -n team-a create secret generic alice-gateway-token --from-literal=token="$(openssl rand -hex 32)"',
        '',
      ].join('\n'),
    );
  });

  it('synth: 1 and no manifest for an error', () => {
    expect(runProgram(['synth', bad()])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('spec.gateway.enabled: must be') as string,
    });
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
      'a.yaml': 'x: [',
      'c.yaml': instanceYaml('carol', { spec: '{imagee: {}}' }),
    });
    const { stderr } = await run('validate', folder);
    const places = stderr
      .split('\n')
      .filter((line) => line.includes(' error: '))
      .map((line) => line.slice(folder.length + 1).split(' ')[0]);
    expect(places).toEqual(['a.yaml:1:5:', 'b.yaml:6:18:', 'b.yaml:6:31:', 'c.yaml:6:8:']);
  });

  it('| head ends it quietly', () => {
    const text = Array.from({ length: 40 }, (_, index) => instanceYaml(`alice-${index}`)).join('---\n');
    const folder = folderWith({ 'a.yaml': text });
    const cli = join(builtPackage(), 'lib', 'app', 'cli', 'cli.js');
    for (const pipe of ['2>err | head -n 1', '2>&1 >/dev/null | head -n 1', '2>&1 | head -n 1']) {
      const { stdout, stderr, status } = spawnSync(
        'bash',
        ['-c', `set -o pipefail; "$0" "$1" synth "$2" ${pipe}; cat err 2>/dev/null >&2`, process.execPath, cli, folder],
        { encoding: 'utf8', cwd: folder },
      );
      expect({ status, lines: stdout.split('\n').length }).toEqual({ status: 0, lines: 2 });
      expect(stderr).not.toMatch(/EPIPE|Error|\bat /);
    }
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

describe('progress', () => {
  it('is silent when nobody watches', () => {
    const progress = progressOn(undefined, 5);
    expect(() => progress.step(1)).not.toThrow();
    const text = Array.from({ length: 60 }, (_, index) => instanceYaml(`alice-${index}`)).join('---\n');
    expect(runProgram(['validate', '-'], { input: text }).stderr).not.toMatch(/\r| of 60 instances/);
  });

  it('shows itself after a second, then now and then, and wipes its line', () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(0);
    const written: string[] = [];
    const progress = progressOn((text) => written.push(text), 9);
    for (const [time, done] of [
      [900, 1],
      [1000, 2],
      [1100, 3],
      [1200, 4],
    ] as const) {
      now.mockReturnValue(time);
      progress.step(done);
    }
    progress.end();
    now.mockRestore();
    expect(written).toEqual(['\r2 of 9 instances', '\r4 of 9 instances', '\r\u001B[K']);
  });

  it('never shows itself in a short run', () => {
    const written: string[] = [];
    const progress = progressOn((text) => written.push(text), 9);
    progress.step(1);
    progress.end();
    expect(written).toEqual([]);
  });
});
