import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { folderWith, removeFolders, run } from '../program';

afterAll(removeFolders);

const IMAGE = ['--image', 'registry.example.com/openclaw:1.2'];
const GIT = ['--git-url', 'ssh://git@git.example.com/assistants', '--cluster-name', 'prod', '--git-secret', 'git-key'];

interface Printed {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] } } };
}

async function objectsOf(...flags: readonly string[]): Promise<Printed[]> {
  const { code, stdout, stderr } = await run('install', ...IMAGE, ...flags);
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Printed);
}

async function argumentsOf(...flags: readonly string[]): Promise<readonly string[]> {
  const deployment = (await objectsOf(...flags)).find(({ kind }) => kind === 'Deployment');
  return deployment?.spec?.template?.spec.containers[0].args ?? [];
}

async function problems(...flags: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run('install', ...flags);
  expect([code, stdout]).toEqual([2, '']);
  return stderr.trimEnd().split('\n');
}

describe('install', () => {
  it('T-Q1 T-Q2 prints the CRDs before all else, whole, and says to apply them server-side', async () => {
    const { stdout, stderr } = await run('install', ...IMAGE);
    expect(stdout.startsWith(readFileSync(join(__dirname, '../../../imports/crds/all.yaml'), 'utf8'))).toBe(true);
    expect(stderr).toBe('everything:  kubectl apply --server-side -f install.yaml\n');
    const kinds = (await objectsOf()).map(({ kind }) => kind);
    expect(kinds.slice(0, 4)).toEqual([...Array<string>(3).fill('CustomResourceDefinition'), 'Namespace']);
  });

  it('writes the same into a folder', async () => {
    const folder = join(folderWith(), 'new');
    const printed = await run('install', ...IMAGE, '--print');
    const written = await run('install', ...IMAGE, '-d', folder);
    expect(written).toMatchObject({ code: 0, stdout: '' });
    expect(written.stderr).toContain(`-f ${folder}/install.yaml`);
    expect(readFileSync(join(folder, 'install.yaml'), 'utf8')).toBe(printed.stdout);
  });

  it('says which Secrets to make, after the namespace and before the rest, and holds none', async () => {
    const { stderr, stdout } = await run(
      'install',
      ...IMAGE,
      ...GIT,
      '--git-signing-secret',
      'signing',
      '--github-secret',
      'github',
      '-n',
      'x',
    );
    expect(stderr.split('\n')).toEqual([
      'the namespace:  kubectl create namespace x',
      'a Secret:  kubectl -n x create secret generic git-key --from-file=identity --from-file=known_hosts',
      'a Secret:  kubectl -n x create secret generic signing --from-file=identity=signing-key',
      'a Secret:  kubectl -n x create secret generic github --from-file=token',
      'everything:  kubectl apply --server-side -f install.yaml',
      '',
    ]);
    expect(stdout).not.toContain('kind: Secret\n');
  });

  it('passes on to the controller what is said of Git, and leaves its defaults to it', async () => {
    const flags = ['--git-branch', 'live', '--git-create-branch', '--flux-source', 'assistants', '--git-signing', 'ssh'];
    expect(await argumentsOf(...GIT, ...flags, '--delivery', 'git')).toEqual([
      'controller',
      '--delivery=git',
      '--leader-elect',
      '--health-port=8081',
      '--metrics-port=8080',
      '--webhook-port=9443',
      '--webhook-service=openclaw-webhook',
      '--git-url=ssh://git@git.example.com/assistants',
      '--cluster-name=prod',
      '--git-branch=live',
      '--git-create-branch',
      '--flux-source=assistants',
      '--git-ssh-key-file=/var/run/openclaw/git/identity',
      '--git-known-hosts-file=/var/run/openclaw/git/known_hosts',
    ]);
  });

  it('leaves the webhook out with --no-webhook, and has it without', async () => {
    expect((await objectsOf()).map(({ kind }) => kind)).toContain('ValidatingWebhookConfiguration');
    expect((await objectsOf('--no-webhook')).map(({ kind }) => kind)).not.toContain('ValidatingWebhookConfiguration');
  });

  it('depends on its command line alone', async () => {
    const before = await run('install', ...IMAGE);
    process.env['OPENCLAW_GIT_URL'] = 'https://git.example.com/x';
    process.env['OPENCLAW_DELIVERY'] = 'git';
    process.env['POD_NAMESPACE'] = 'elsewhere';
    try {
      expect(await run('install', ...IMAGE)).toEqual(before);
    } finally {
      for (const name of ['OPENCLAW_GIT_URL', 'OPENCLAW_DELIVERY', 'POD_NAMESPACE']) delete process.env[name];
    }
  });
});

describe('mistakes', () => {
  it('are told all at once', async () => {
    expect(await problems('--replicas', '0', '--delivery', 'sftp', '--memory-limit', 'much', '--git-url', 'https://u:p@host/x')).toEqual([
      'error: --image is missing: the image of the controller, as the Dockerfile of this project builds it',
      'error: --replicas is "0": use a number from 1 to 9',
      'error: --delivery is "sftp": use apply or git',
      'error: --git-url needs --cluster-name: the folder of this cluster in the repository',
      'error: --git-url needs --git-secret: the Secret with the credential',
      'error: GIT-SETTINGS: the URL of the repository holds a user or a password: put them into the credential',
      'error: --memory-limit is "much": use a quantity such as 100m or 512Mi',
    ]);
  });

  it.each([
    [['--image', 'openclaw'], '--image is "openclaw"'],
    [['--image', 'openclaw:1 --privileged'], '--image is "openclaw:1 --privileged"'],
    [[...IMAGE, '--delivery', 'git'], '--delivery git needs --git-url'],
    [[...IMAGE, '--git-secret', 'x', '--flux-source', 'y'], '--git-secret, --flux-source need --git-url'],
    [[...IMAGE, ...GIT, '--git-signing', 'openpgp'], '--git-signing openpgp needs --git-signing-secret'],
    [[...IMAGE, ...GIT, '--git-signing', 'disabled', '--git-signing-secret', 's'], 'exclude each other'],
    [[...IMAGE, ...GIT, '--git-signing', 'gpg'], '--git-signing is "gpg"'],
    [[...IMAGE, ...GIT, '--git-author', 'nobody'], '--git-author is "nobody"'],
    [[...IMAGE, ...GIT, '--flux-namespace', 'x'], 'need --flux-source'],
    [[...IMAGE, ...GIT, '--git-branch', '../x'], 'is no branch name'],
    [[...IMAGE, '--github-secret', 'A b'], '--github-secret is "A b"'],
    [[...IMAGE, '--cert-manager', '--no-webhook'], 'exclude each other'],
    [[...IMAGE, '--print', '-d', 'x'], 'exclude each other'],
    [[...IMAGE, 'alice.yaml'], 'unknown argument "alice.yaml"'],
  ])('%j', async (flags, message) => {
    const told = await problems(...flags);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(message);
  });
});
