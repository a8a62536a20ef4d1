import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installManifests } from '../../controller/install/install-chart';
import { anInstall } from '../controller/install/install-options';
import { ROOT, runIn } from './packed';

const PACKAGES = join(__dirname, 'image-packages.golden.txt');

/** A user that owns nothing: as in a pod. Only root can become one. */
const AS_NOBODY = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {};

interface Instruction {
  readonly name: string;
  readonly words: readonly string[];
}

/** Every instruction of the Dockerfile, a line each. */
function instructions(): Instruction[] {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...words] = line.trim().split(/\s+/);
      return { name, words };
    });
}

function named(name: string): readonly string[][] {
  return instructions()
    .filter((one) => one.name === name)
    .map(({ words }) => [...words]);
}

/** What the build copies from the context, which `.dockerignore` limits. */
const copied = named('COPY')
  .filter(([first]) => !first?.startsWith('--from'))
  .flatMap((words) => words.slice(0, -1));

/** Every file below a folder with its mode, its time and the hash of its bytes. */
function listing(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  return files.map((file) => {
    const path = join(folder, file);
    const stat = statSync(path);
    const hash = stat.isFile() ? createHash('sha256').update(readFileSync(path, 'utf8')).digest('hex') : '';
    return `${file} ${stat.mode.toString(8)} ${stat.mtimeMs} ${hash}`;
  });
}

let folder = '';
let program = '';

/** The steps of the Dockerfile that build the program, without an engine. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openclaw-image-'));
  chmodSync(folder, 0o755);
  const source = join(folder, 'source');
  mkdirSync(source);
  for (const entry of copied) cpSync(join(ROOT, entry), join(source, entry), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'), 'dir');
  runIn(source, process.execPath, 'build.mjs');
  for (const name of ['program', 'again']) runIn(source, process.execPath, 'image/lay-out.mjs', join(folder, name));
  program = join(folder, 'program');
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): { code: number | null; stdout: string; stderr: string } {
  const cli = join(program, 'lib', 'app', 'cli', 'cli.js');
  const options = { cwd: '/', env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8', ...AS_NOBODY } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], options);
  return { code: status, stdout, stderr };
}

describe('the image', () => {
  test('is the same in two builds, byte by byte', () => {
    expect(listing(join(folder, 'again'))).toEqual(listing(program));
  });

  test('holds the packages of the list, and nothing that only development needs', () => {
    const found = readdirSync(program, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('/package.json'));
    const packages = found.flatMap((file) => /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(file)?.[1] ?? []);
    const text = [...new Set(packages)]
      .toSorted()
      .map((name) => `${name}\n`)
      .join('');
    // `UPDATE_GOLDEN=1 npm run test:package -- image` writes it anew.
    if (process.env['UPDATE_GOLDEN']) writeFileSync(PACKAGES, text);
    expect(text).toBe(readFileSync(PACKAGES, 'utf8'));
    expect(text).not.toMatch(/^(?:npm|typescript|jest|esbuild|cdk8s-cli|@types\/.*)$/m);
    expect(readdirSync(program).toSorted()).toEqual(['LICENSE', 'lib', 'node_modules', 'package.json']);
  });

  test('is small', () => {
    const sizes = readdirSync(program, { recursive: true, encoding: 'utf8' }).map((file) => statSync(join(program, file)));
    const bytes = sizes.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    expect(bytes / 1024 / 1024).toBeLessThan(60);
  });

  test('runs as a user that may write nowhere: help, version, manifests, an install', () => {
    expect(run(['controller', '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--leader-elect') });
    expect(run(['version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    const example = join(folder, 'alice.yaml');
    cpSync(join(ROOT, 'app/examples/minimal.yaml'), example);
    expect(run(['synth', example])).toMatchObject({ code: 0, stdout: expect.stringContaining('kind: StatefulSet') });
    expect(run(['install', '--image', 'registry.example.com/openclaw-cdk8s:1'])).toMatchObject({ code: 0 });
  });

  test('finds whatever a controller loads, in Git mode too: only the cluster is missing', () => {
    const kubeconfig = join(folder, 'kubeconfig');
    const cluster = { server: 'https://127.0.0.1:1' };
    const config = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    const git = ['--delivery', 'git', '--cluster-name', 'prod', '--git-url', `file://${folder}/repository`, '--git-allow-file'];
    const ports = ['--health-port', '0', '--metrics-port', '0'];
    const { code, stderr } = run(['controller', '--once', ...git, ...ports], { KUBECONFIG: kubeconfig });
    expect(stderr).toContain('the cluster cannot be reached');
    expect(code).toBe(3);
  });
});

describe('without @kubernetes/client-node, as after npm install --omit=optional', () => {
  let lean = '';
  const [client, aside] = ['node_modules/@kubernetes', 'aside'];

  beforeAll(() => {
    lean = mkdtempSync(join(tmpdir(), 'openclaw-lean-'));
    for (const entry of readdirSync(program)) cpSync(join(program, entry), join(lean, entry), { recursive: true });
    renameSync(join(lean, client), join(lean, aside));
  });

  afterAll(() => rmSync(lean, { recursive: true, force: true }));

  test.each([
    ['synth', 'alice.yaml'],
    ['validate', 'alice.yaml'],
    ['explain', 'spec.storage'],
    ['install', '--image', 'registry.example.com/openclaw-cdk8s:1'],
    ['controller', '--print-rbac'],
    ['gitops', 'init', '--engine', 'flux', '--cluster-name', 'prod', '--git-url', 'https://git.example.com/x', '--namespaces', 'team-a'],
  ])('%s %s needs no cluster, and does not miss it', (...args) => {
    cpSync(join(ROOT, 'app/examples/minimal.yaml'), join(lean, 'alice.yaml'));
    expect(runIn(lean, process.execPath, 'lib/app/cli/cli.js', ...args)).not.toContain('client-node');
  });

  test('the controller says in one line what is missing', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(lean, 'lib/app/cli/cli.js'), 'controller', '--once'], {
      encoding: 'utf8',
    });
    expect(stderr).toBe(
      'error: the package @kubernetes/client-node is not installed, without which no cluster is found: npm install @kubernetes/client-node\n',
    );
    expect(status).toBe(3);
  });
});

describe('the Dockerfile', () => {
  test('copies what is there and what .dockerignore lets through', () => {
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignored[0]).toBe('*');
    expect(ignored.slice(1).toSorted()).toEqual(copied.map((entry) => `!${entry}`).toSorted());
    expect(copied.filter((entry) => !existsSync(join(ROOT, entry)))).toEqual([]);
  });

  test('has what Git mode runs, and a name for its user, without whom ssh does nothing', () => {
    const script = named('RUN')
      .map((words) => words.join(' '))
      .join('\n');
    for (const name of ['git', 'openssh-client', 'ca-certificates']) expect(script).toContain(name);
    expect(script).toContain('openclaw:x:65532:65532:');
  });

  test('leaves no package manager, and makes one layer of what is left', () => {
    const script = named('RUN')
      .map((words) => words.join(' '))
      .join('\n');
    for (const gone of ['/usr/local/lib/node_modules', '/usr/local/bin/npm', '/usr/bin/apt*', "'dpkg*'"]) expect(script).toContain(gone);
    expect(named('FROM').at(-1)).toEqual(['scratch']);
  });

  test('is of node 24, for every kind of machine', () => {
    expect(named('ARG')).toEqual([['NODE_IMAGE=node:24-trixie-slim']]);
    expect(named('FROM').slice(0, -1)).toEqual([
      ['--platform=$BUILDPLATFORM', '${NODE_IMAGE}', 'AS', 'program'],
      ['${NODE_IMAGE}', 'AS', 'root'],
    ]);
  });

  test('runs the program as the user of the Deployment', () => {
    const deployment = installManifests(anInstall()).find(({ kind }) => kind === 'Deployment') as unknown as {
      readonly spec: {
        readonly template: { readonly spec: { readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number } } };
      };
    };
    const { runAsUser, runAsGroup } = deployment.spec.template.spec.securityContext;
    expect(named('USER')).toEqual([[`${runAsUser}:${runAsGroup}`]]);
    expect(named('ENTRYPOINT').map((words) => words.join(' '))).toEqual([
      '["/usr/local/bin/node", "--max-semi-space-size=4", "/program/lib/app/cli/cli.js"]',
    ]);
  });
});
