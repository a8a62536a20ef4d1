// The program as it is shipped, built and started as a process of its own.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtPackage } from '../built-package';
import { folderWith, instanceYaml, removeFolders, runProgram } from '../program';

afterAll(removeFolders);

const good = (): string => folderWith({ 'a.yaml': instanceYaml('alice') });
const bad = (): string => folderWith({ 'a.yaml': instanceYaml('alice', { spec: '{image: {tag: x}, gateway: {enabled: 5}}' }) });
const SECRET = 'hush-0123456789';
const SECRET_SPEC = '{image: {tag: "2026.9.6"}, env: [{name: K, valueFrom: {secretKeyRef: {name: keys, key: openai}}}]}';
const bin = (): string => join(builtPackage(), 'lib', 'app', 'cli', 'cli.js');

/** The built program under its own name, in a folder for PATH. */
function installed(): string {
  const folder = folderWith();
  const program = join(folder, 'openclaw-cdk8s');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${bin()}" "$@"\n`);
  chmodSync(program, 0o755);
  return folder;
}

describe('the built program', () => {
  it.each(['--version', '-V', 'version'])('%s prints the version of the package', (flag) => {
    expect(runProgram([flag])).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string, stderr: '' });
  });

  it('synth: manifests on standard output, everything else on standard error', () => {
    const path = good();
    const { code, stdout, stderr } = runProgram(['synth', path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^---\napiVersion: v1\n/);
    expect(stderr).toBe(
      [
        'team-a/alice: 10 objects',
        'These must exist in the cluster before the pods can start:',
        '  Secret team-a/alice-gateway-token (gateway token; keys: token)',
        '    token="$(openssl rand -hex 32)" && printf %s "$token" | kubectl -n team-a create secret generic alice-gateway-token --from-file=token=/dev/stdin',
        `All of the Secrets by this program, which needs no other one: openclaw-cdk8s secrets -o kubectl ${path}`,
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

  it('synth: the command for Secrets is not named for what came by a pipe', () => {
    expect(runProgram(['synth', '-'], { input: instanceYaml('alice') }).stderr).not.toContain('secrets -o');
  });

  it('explains fields', () => {
    expect(runProgram(['explain', 'spec.suspended']).stdout).toContain('FIELD:    spec.suspended <boolean>');
  });

  it('never makes a folder', () => {
    const folder = folderWith({ 'a.yaml': instanceYaml('alice') });
    for (const value of ['json', '-', 'out', 'yaml']) runProgram(['synth', '-o', value, 'a.yaml'], { cwd: folder });
    expect(readdirSync(folder)).toEqual(['a.yaml']);
  });

  it('shows no progress when nobody watches', () => {
    const text = Array.from({ length: 60 }, (_, index) => instanceYaml(`alice-${index}`)).join('---\n');
    expect(runProgram(['validate', '-'], { input: text }).stderr).not.toMatch(/\r| of 60 instances/);
  });

  it('completes in bash', () => {
    const line = `source <(openclaw-cdk8s completion bash) && COMP_WORDS=(openclaw-cdk8s synth --out) && COMP_CWORD=2 && _openclaw_cdk8s && printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], {
      env: { ...process.env, PATH: `${installed()}:${process.env['PATH']}` },
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: '--output\n--output-dir\n', stderr: '' });
  });

  it('| head ends it quietly', () => {
    const text = Array.from({ length: 40 }, (_, index) => instanceYaml(`alice-${index}`)).join('---\n');
    const folder = folderWith({ 'a.yaml': text });
    for (const pipe of ['2>err | head -n 1', '2>&1 >/dev/null | head -n 1', '2>&1 | head -n 1']) {
      const { stdout, stderr, status } = spawnSync(
        'bash',
        ['-c', `set -o pipefail; "$0" "$1" synth "$2" ${pipe}; cat err 2>/dev/null >&2`, process.execPath, bin(), folder],
        { encoding: 'utf8', cwd: folder },
      );
      expect({ status, lines: stdout.split('\n').length }).toEqual({ status: 0, lines: 2 });
      expect(stderr).not.toMatch(/EPIPE|Error|\bat /);
    }
  });

  it('hands secrets over so that they stand in no command line and no file', () => {
    const folder = folderWith({ 'it is.yaml': instanceYaml('alice', { spec: SECRET_SPEC }) });
    const env = { ...process.env, KEYS_OPENAI: SECRET };
    const printed = spawnSync(process.execPath, [bin(), 'secrets', '-o', 'kubectl', '--only', 'team-a/keys', 'it is.yaml'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    // The program in place of its name, and a reader in place of kubectl that looks at all command lines.
    const reader = `sh -c 'cat; (for f in /proc/[0-9]*/cmdline; do tr "\\\\0" " " <"$f"; done) 2>/dev/null | grep -c "[h]ush-0123" || true'`;
    const command = printed.stdout.replace('openclaw-cdk8s', `"${process.execPath}" "${bin()}"`).replace('kubectl create -f -', reader);
    const { stdout } = spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8' });
    expect(stdout).toContain(`openai: ${SECRET}`);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0');
  });
});

describe('standard input', () => {
  it('reads standard input for -', () => {
    const { code, stdout, stderr } = runProgram(['synth', '-'], { input: instanceYaml('alice') });
    expect({ code, kinds: stdout.match(/^kind: .*/gm)?.length }).toEqual({ code: 0, kinds: 10 });
    expect(stderr).toContain('team-a/alice: 10 objects');
  });

  it('names standard input in issues', () => {
    const { code, stderr } = runProgram(['validate', '-'], { input: instanceYaml('alice', { spec: '{imagee: {}, image: {tag: x}}' }) });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'stdin:6:8: error: spec.imagee: unknown field; did you mean `image`?\n1 error; nothing was written\n',
    });
  });

  it('takes - for standard input', () => {
    expect(runProgram(['validate', '-f', '-'], { input: instanceYaml('alice') }).code).toBe(0);
  });
});

// The device that is always full is one of Linux.
(existsSync('/dev/full') ? describe : describe.skip)('standard output on a full disk', () => {
  it.each([
    ['synth', []],
    ['validate', ['-o', 'json']],
  ])('is a failure that says so without a stack: %s', (command, flags) => {
    const { stderr, status } = spawnSync(
      'bash',
      ['-c', '"$@" > /dev/full', 'bash', process.execPath, bin(), command, '--quiet', good(), ...flags],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: 'error: standard output cannot be written (ENOSPC): make room on the disk; what it holds so far is not whole\n',
    });
  });
});
