import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, instanceYaml, removeFolders, run } from '../program';

afterAll(removeFolders);

/** Programs that only tell what they were given: the shell's quoting is under test, not kubectl. */
const FAKES = {
  kubectl: '#!/bin/sh\nfor argument in "$@"; do printf "<%s>\\n" "$argument"; done\nexit "${KUBECTL_EXIT:-0}"\n',
  openssl: '#!/bin/sh\necho "random($*)"\n',
  htpasswd: '#!/bin/sh\nread -r password\necho "hash($*)($password)"\n',
};

/** Runs a line in bash with the fakes only in front of PATH; a fresh folder is its working folder and TMPDIR. */
function runInShell(
  line: string,
  env: Record<string, string> = {},
): { code: number | null; args: string[]; stderr: string; left: string[] } {
  const folder = folderWith();
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'work'));
  for (const [name, text] of Object.entries(FAKES)) {
    writeFileSync(join(folder, 'bin', name), text);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], {
    cwd: join(folder, 'work'),
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, TMPDIR: join(folder, 'work'), ...env },
    encoding: 'utf8',
  });
  const args = [...stdout.matchAll(/^<([^]*?)>$/gm)].map(([, argument]) => argument ?? '');
  return { code: status, args, stderr, left: readdirSync(join(folder, 'work')) };
}

/** The commands that `synth` prints for one instance. */
async function printed(spec: string, name = 'alice'): Promise<string[]> {
  const { code, stderr } = await run('synth', folderWith({ 'a.yaml': instanceYaml(name, { spec }) }));
  expect(code).toBe(0);
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.trim());
}

const basicAuth = (username: string): string =>
  `{image: {tag: "2026.9.6"}, networking: {ingress: {enabled: true, className: nginx, hosts: [{host: a.example.com, paths: [{path: /}]}], security: {basicAuth: {enabled: true, username: ${JSON.stringify(username)}}}}}}`;

describe('the commands that synth prints', () => {
  it('make the gateway token', async () => {
    const [command = '', ...others] = await printed('{image: {tag: "2026.9.6"}}');
    expect(others).toEqual([]);
    expect(runInShell(command)).toEqual({
      code: 0,
      args: ['-n', 'team-a', 'create', 'secret', 'generic', 'alice-gateway-token', '--from-literal=token=random(rand -hex 32)'],
      stderr: '',
      left: [],
    });
  });

  it.each(['openclaw', "o'brien", '$(touch${IFS}pwned)', '`id`', '"quoted"', String.raw`back\slash`, '-n', '*', '&&', '!!', '#x'])(
    'make the Secret of basic authentication for the user %j',
    async (username) => {
      const command = (await printed(basicAuth(username))).find((line) => line.includes('alice-basic-auth')) ?? '';
      const { code, args, stderr, left } = runInShell(command);
      const target = ['-n', 'team-a', 'create', 'secret', 'generic', 'alice-basic-auth', '--type=kubernetes.io/basic-auth'];
      expect({ code, stderr, left }).toEqual({ code: 0, stderr: '', left: [] });
      expect(args).toEqual([
        ...target,
        `--from-literal=username=${username}`,
        '--from-literal=password=random(rand -hex 20)',
        expect.stringMatching(/^--from-literal=auth=hash\(/),
      ]);
      // The password that is hashed is the password that is stored, and the user is one word to htpasswd.
      expect(args.at(-1)).toBe(
        `--from-literal=auth=hash(-niB ${username.startsWith('-') ? `-- ${username}` : username})(random(rand -hex 20))`,
      );
    },
  );

  it('leave no password behind, not even when kubectl fails', async () => {
    const command = (await printed(basicAuth('openclaw'))).find((line) => line.includes('alice-basic-auth')) ?? '';
    const { code, left } = runInShell(command, { KUBECTL_EXIT: '1' });
    expect({ failed: code !== 0, left, inTmp: existsSync('/tmp/alice-basic-auth') }).toEqual({ failed: true, left: [], inTmp: false });
  });

  it('make a new password each time', async () => {
    const command = (await printed(basicAuth('openclaw'))).find((line) => line.includes('alice-basic-auth')) ?? '';
    const { args } = runInShell(`openssl() { date +%N; }; ${command}; ${command}`);
    const passwords = args.filter((argument) => argument.startsWith('--from-literal=password='));
    expect(new Set(passwords).size).toBe(2);
  });
});
