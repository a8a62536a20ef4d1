import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, instanceYaml, removeFolders, run } from '../program';

afterAll(removeFolders);

/** Programs that only tell what they were given: the shell's quoting is under test, not kubectl. */
const FAKES = {
  // Files are read as kubectl reads them: what came by a pipe stands behind the name.
  kubectl: [
    '#!/bin/sh',
    'echo "kubectl $*" >>"$STARTED"',
    'for argument in "$@"; do',
    '  case "$argument" in',
    '    *=/dev/*) printf "<%s=%s>\\n" "${argument%=/dev/*}" "$(cat "${argument##*=}")" ;;',
    '    *) printf "<%s>\\n" "$argument" ;;',
    '  esac',
    'done',
    'exit "${KUBECTL_EXIT:-0}"',
    '',
  ].join('\n'),
  openssl: '#!/bin/sh\necho "openssl $*" >>"$STARTED"\necho "random($*)"\n',
  htpasswd: '#!/bin/sh\necho "htpasswd $*" >>"$STARTED"\nread -r password\necho "hash($*)($password)"\n',
};

/** What the machine has beside the fakes; `without` takes a program away. */
const SYSTEM = ['bash', 'sh', 'date', 'cat'];

/** Runs a line in a shell that knows the fakes and little else; a fresh folder is its working folder and TMPDIR. */
function runInShell(
  line: string,
  env: Record<string, string> = {},
  { without, shell = 'bash', files = {} }: { without?: string; shell?: string; files?: Record<string, string> } = {},
): { code: number | null; args: string[]; stderr: string; left: string[]; started: string[] } {
  const folder = folderWith();
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'work'));
  for (const program of SYSTEM) {
    const found = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, join(folder, 'bin', program));
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'work', name), text);
  for (const [name, text] of Object.entries(FAKES)) {
    if (name === without) continue;
    writeFileSync(join(folder, 'bin', name), text);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync(shell, ['-c', line], {
    cwd: join(folder, 'work'),
    env: { HOME: join(folder, 'work'), PATH: join(folder, 'bin'), TMPDIR: join(folder, 'work'), STARTED: join(folder, 'started'), ...env },
    encoding: 'utf8',
  });
  const args = [...stdout.matchAll(/^<([^]*?)>$/gm)].map(([, argument]) => argument ?? '');
  const started = existsSync(join(folder, 'started')) ? readFileSync(join(folder, 'started'), 'utf8').trim().split('\n') : [];
  return { code: status, args, stderr, left: readdirSync(join(folder, 'work')), started };
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
    expect(runInShell(command)).toMatchObject({
      code: 0,
      args: ['-n', 'team-a', 'create', 'secret', 'generic', 'alice-gateway-token', '--from-file=token=random(rand -hex 32)'],
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
        `--from-file=username=${username}`,
        '--from-file=password=random(rand -hex 20)',
        expect.stringMatching(/^--from-file=auth=hash\(/),
      ]);
      // The password that is hashed is the password that is stored, and the user is one word to htpasswd.
      expect(args.at(-1)).toBe(
        `--from-file=auth=hash(-niB ${username.startsWith('-') ? `-- ${username}` : username})(random(rand -hex 20))`,
      );
    },
  );

  it('T-R25 have no value on a command line: what a shell starts is seen by everybody on the machine', async () => {
    const commands = [...(await printed(basicAuth('openclaw'))), ...(await printed(OWN_SECRETS))];
    const env = { API_KEY: 'canary-1', _2FA: 'canary-2', AUTH_USER: 'ann' };
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands) {
      const spied = runInShell(command, env, { files: { 'model-keys.env': '' } });
      expect(spied.left.filter((file) => file !== 'model-keys.env')).toEqual([]);
      expect(spied.started.join('\n')).not.toMatch(/canary|random\(|hash\(/);
      expect(spied.started.some((line) => line.startsWith('kubectl '))).toBe(true);
    }
  });

  it('leave no password behind, not even when kubectl fails', async () => {
    const command = (await printed(basicAuth('openclaw'))).find((line) => line.includes('alice-basic-auth')) ?? '';
    const { code, left } = runInShell(command, { KUBECTL_EXIT: '1' });
    expect({ failed: code !== 0, left, inTmp: existsSync('/tmp/alice-basic-auth') }).toEqual({ failed: true, left: [], inTmp: false });
  });

  it('make a new password each time', async () => {
    const command = (await printed(basicAuth('openclaw'))).find((line) => line.includes('alice-basic-auth')) ?? '';
    const { args } = runInShell(`openssl() { date +%N; }; ${command}; ${command}`);
    const passwords = args.filter((argument) => argument.startsWith('--from-file=password='));
    expect(new Set(passwords).size).toBe(2);
  });

  it.each(['bash', 'sh'])('T-R25 make nothing where a program is missing (%s)', async (shell) => {
    const commands = await printed(basicAuth('openclaw'));
    expect(commands.length).toBe(2);
    for (const command of commands) {
      expect(runInShell(command, {}, { shell }).code).toBe(0);
      for (const without of ['openssl', ...(command.includes('htpasswd') ? ['htpasswd'] : [])]) {
        const { code, args } = runInShell(command, {}, { shell, without });
        expect({ without, failed: code !== 0, args }).toEqual({ without, failed: true, args: [] });
      }
    }
  });
});

/** An instance with every way to name a Secret of one's own. */
const OWN_SECRETS = `{
  image: {tag: "2026.9.6", pullSecrets: [{name: registry}]},
  env: [{name: A, valueFrom: {secretKeyRef: {name: keys, key: api-key}}}, {name: B, valueFrom: {secretKeyRef: {name: keys, key: 2fa}}}],
  envFrom: [{secretRef: {name: model-keys}}],
  security: {caBundle: {secretName: authorities, key: ca.crt}},
  extraVolumes: [{name: more, secret: {secretName: mounted}}],
  networking: {ingress: {enabled: true, className: nginx, hosts: [{host: a.example.com, paths: [{path: /}]}], tls: [{hosts: [a.example.com], secretName: certificate}], security: {basicAuth: {enabled: true, existingSecret: users}}}}
}`.replaceAll('\n', ' ');

describe('T-R25 the commands for Secrets whose content only the user has', () => {
  it('are there for each Secret that must exist', async () => {
    const { stderr } = await run('synth', folderWith({ 'a.yaml': instanceYaml('alice', { spec: OWN_SECRETS }) }));
    const lines = stderr.split('\n');
    const secrets = lines.flatMap((line, index) => (/^ {2}Secret /.test(line) ? [[line.trim(), lines[index + 1] ?? '']] : []));
    expect(secrets.map(([secret]) => /team-a\/(\S+)/.exec(secret ?? '')?.[1]).toSorted()).toEqual(
      ['alice-gateway-token', 'authorities', 'certificate', 'keys', 'model-keys', 'mounted', 'registry', 'users'].toSorted(),
    );
    for (const [secret, command] of secrets)
      expect({ secret, command }).toEqual({ secret, command: expect.stringMatching(/^ {4}.*kubectl -n team-a create secret /) });
  });

  it('are those of examples and pages too', async () => {
    const { stderr } = await run('synth', '--verbose', join(__dirname, '..', '..', '..', 'app', 'examples'));
    const lines = stderr.split('\n');
    const wanted = lines.filter((line) => /^ {2}(Secret|ConfigMap) /.test(line));
    const commands = lines.filter((line) => /^ {4}.*kubectl /.test(line));
    expect(wanted.length).toBeGreaterThan(20);
    expect(commands).toHaveLength(wanted.length);
  });

  it.each([
    ['keys', { API_KEY: 'a b', _2FA: '$x' }, {}, ['generic', 'keys', '--from-file=api-key=a b', '--from-file=2fa=$x']],
    ['model-keys', {}, { 'model-keys.env': '' }, ['generic', 'model-keys', '--from-env-file=model-keys.env']],
    ['authorities', {}, {}, ['generic', 'authorities', '--from-file=ca.crt']],
    ['mounted', {}, {}, ['generic', 'mounted', '--from-file=mounted/']],
    ['certificate', {}, {}, ['tls', 'certificate', '--cert=tls.crt', '--key=tls.key']],
  ])('%s is filled from what the command names', async (name, env, files, expected) => {
    const command = (await printed(OWN_SECRETS)).find((line) => line.includes(` ${name} `)) ?? '';
    const { code, args } = runInShell(command, env, { files });
    expect({ code, args }).toEqual({ code: 0, args: ['-n', 'team-a', 'create', 'secret', ...expected] });
  });

  it('make nothing where a variable or a program is missing', async () => {
    const commands = await printed(OWN_SECRETS);
    const keys = commands.find((line) => line.includes(' keys ')) ?? '';
    const users = commands.find((line) => line.includes(' users ')) ?? '';
    for (const [command, env, without] of [
      [keys, {}, undefined],
      [keys, { API_KEY: '', _2FA: 'x' }, undefined],
      [users, {}, undefined],
      [users, { AUTH_USER: 'ann' }, 'htpasswd'],
    ] as const) {
      const { code, args } = runInShell(command, env, without === undefined ? {} : { without });
      expect({ command, failed: code !== 0, args }).toEqual({ command, failed: true, args: [] });
    }
  });
});
