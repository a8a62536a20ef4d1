import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { findProgram } from '../../cluster/programs';
import { folderWith, removeFolders, run } from '../program';

afterAll(removeFolders);

const IMAGE = ['--image', 'registry.example.com/openclaw:1.2'];
const GIT = ['--git-url', 'ssh://git@git.example.com/assistants', '--cluster-name', 'prod', '--git-secret', 'git-key'];

const OCI = ['--oci-repository', 'registry.example.com/acme/assistants', '--cluster-name', 'prod', '--git-secret', 'registry'];

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

const texts = (list: readonly unknown[]): string[] => list.map((object) => JSON.stringify(object));

describe('install', () => {
  it('T10 T-Q1 T-Q2 prints the CRDs before all else, whole, and says to apply them server-side', async () => {
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

  it('gives the controller a registry, its credential and a key of yours', async () => {
    const objects = await objectsOf('--delivery', 'git', ...OCI, '--flux-source', 'assistants', '--git-signing-secret', 'cosign');
    const args = objects.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec.containers[0].args ?? [];
    expect(args.filter((arg) => /oci|flux|cluster/.test(arg))).toEqual([
      '--oci-repository=oci://registry.example.com/acme/assistants',
      '--cluster-name=prod',
      '--flux-source=assistants',
      '--oci-docker-config-file=/var/run/openclaw/git/.dockerconfigjson',
      '--oci-signing-key-file=/var/run/openclaw/signing/cosign.key',
    ]);
  });

  it('serves deliveries of a forge with --hook-secret alone: arguments, a Service, a port of the NetworkPolicy, a volume', async () => {
    const objects = await objectsOf('--delivery', 'git', ...GIT, '--hook-secret', 'hook');
    const args = objects.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec.containers[0].args ?? [];
    expect(args.filter((arg) => arg.includes('hook-'))).toEqual([
      '--webhook-port=9443',
      '--webhook-service=openclaw-webhook',
      '--hook-port=8082',
      '--hook-secret-file=/var/run/openclaw/hook/secret',
      '--hook-peers=openclaw-controller-hooks.openclaw-system.svc',
    ]);
    const touching = texts(objects).filter((text) => /8082|openclaw-controller-hooks/.test(text));
    expect(touching.map((text) => (JSON.parse(text) as Printed).kind).toSorted()).toEqual(['Deployment', 'NetworkPolicy', 'Service']);
    expect(texts(await objectsOf('--delivery', 'git', ...GIT)).filter((text) => /8082|openclaw-controller-hooks/.test(text))).toEqual([]);
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

/** Every file below a folder with its text. */
function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

describe('--format kustomize', () => {
  it('makes a base of the same objects', async () => {
    const folder = folderWith();
    const { code, stderr } = await run('install', ...IMAGE, '--format', 'kustomize', '-d', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `everything:  kubectl apply --server-side -k ${folder}\n` });
    const { 'kustomization.yaml': kustomization = '', 'crds.yaml': crds, 'controller.yaml': controller, ...others } = filesIn(folder);
    expect(others).toEqual({});
    expect(parseAllDocuments(kustomization)[0]?.toJS()).toMatchObject({
      kind: 'Kustomization',
      resources: ['crds.yaml', 'controller.yaml'],
    });
    expect(`${crds}${controller}`).toBe((await run('install', ...IMAGE)).stdout);
  });
});

const kubectl = findProgram('kubectl');
const skipped = kubectl === undefined ? ' (skipped: kubectl is not built)' : '';

(kubectl === undefined ? describe.skip : describe)(`--format kustomize, read by kustomize${skipped}`, () => {
  it('can be moved to another namespace, and everything that names it follows', async () => {
    const folder = folderWith({ 'overlay/kustomization.yaml': 'namespace: elsewhere\nresources: [../base]\n' });
    await run('install', ...IMAGE, '--format', 'kustomize', '-d', join(folder, 'base'));
    const { stdout, stderr } = spawnSync(kubectl ?? '', ['kustomize', join(folder, 'overlay')], { encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(stderr).toBe('');
    const made = parseAllDocuments(stdout).map((document) => document.toJS() as Printed);
    const text = JSON.stringify(made.filter(({ kind }) => kind !== 'CustomResourceDefinition'));
    expect(made).toHaveLength((await objectsOf()).length);
    expect(text).not.toContain('openclaw-system');
    expect(text).toContain('"service":{"name":"openclaw-webhook","namespace":"elsewhere"');
  });
});

describe('--format helm', () => {
  it('makes a chart whose values begin as the flags say', async () => {
    const folder = folderWith();
    const { code, stderr } = await run('install', ...IMAGE, '--format', 'helm', '-d', folder, '--replicas', '3', '--namespaces', 'team-a');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `everything:  helm upgrade --install openclaw ${folder} --namespace openclaw-system --create-namespace\n`,
    });
    const files = filesIn(folder);
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['Chart.yaml', 'values.yaml', 'values.schema.json', 'templates/NOTES.txt']));
    expect(parseAllDocuments(files['values.yaml'] ?? '')[0]?.toJS()).toMatchObject({
      image: { repository: 'registry.example.com/openclaw', tag: '1.2' },
      replicaCount: 3,
      namespaces: ['team-a'],
    });
  });

  it('names what an earlier version left in the folder, and touches nothing of it', async () => {
    const folder = folderWith({ 'templates/old.yaml': 'kind: Old\n' });
    const { stderr } = await run('install', ...IMAGE, '--format', 'helm', '-d', folder);
    expect(stderr.split('\n')[0]).toBe(`not of this version, delete it:  ${folder}/templates/old.yaml`);
    expect(readFileSync(join(folder, 'templates/old.yaml'), 'utf8')).toBe('kind: Old\n');
  });

  it('reads no value that is not there, and has none that is never read', async () => {
    const folder = folderWith();
    await run('install', ...IMAGE, '--format', 'helm', '-d', folder);
    const { 'values.yaml': values = '', ...files } = filesIn(folder);
    const templates = Object.values(files).join('');
    const read = new Set([...templates.matchAll(/\$\.Values\.([\w.]+)/g)].map(([, path = '']) => path));
    const known = pathsOf(parseAllDocuments(values)[0]?.toJS() as object);
    const isRead = (path: string): boolean =>
      [...read].some((one) => one === path || path.startsWith(`${one}.`)) || path.startsWith('image.');
    expect([...read].filter((path) => !known.some((one) => one === path || one.startsWith(`${path}.`)))).toEqual([]);
    expect(known.filter((path) => !isRead(path))).toEqual([]);
  });
});

/** `git.url` and such, of every value that is no map. */
function pathsOf(values: object): string[] {
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
    return isMap ? pathsOf(value).map((path) => `${key}.${path}`) : [key];
  });
}

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
    [[...IMAGE, '--delivery', 'git'], '--delivery git needs --cluster-name, --git-secret, and --git-url or --oci-repository'],
    [[...IMAGE, ...OCI, '--git-url', 'https://a/b'], 'exclude each other'],
    [[...IMAGE, '--hook-secret', 'x'], '--hook-secret needs --git-url or --oci-repository'],
    [[...IMAGE, ...OCI, '--git-ca'], '--git-ca is for --git-url'],
    [[...IMAGE, ...OCI, '--argocd-server', 'https://x'], 'need --argocd-project'],
    [[...IMAGE, '--oci-repository', 'a.example.com/b:1'], 'not of the form oci://host/path'],
    [[...IMAGE, '--git-secret', 'x', '--flux-source', 'y'], '--git-secret, --flux-source need --git-url'],
    [[...IMAGE, ...GIT, '--git-signing', 'openpgp'], '--git-signing openpgp needs --git-signing-secret'],
    [[...IMAGE, ...GIT, '--git-signing', 'disabled', '--git-signing-secret', 's'], 'exclude each other'],
    [[...IMAGE, ...GIT, '--argocd-project', 'p'], '--argocd-project needs --oci-repository'],
    [[...IMAGE, ...GIT, '--git-signing', 'gpg'], '--git-signing is "gpg"'],
    [[...IMAGE, ...GIT, '--git-author', 'nobody'], '--git-author is "nobody"'],
    [[...IMAGE, ...GIT, '--flux-namespace', 'x'], 'need --flux-source'],
    [[...IMAGE, ...GIT, '--git-branch', '../x'], 'is no branch name'],
    [[...IMAGE, '--github-secret', 'A b'], '--github-secret is "A b"'],
    [[...IMAGE, '--cert-manager', '--no-webhook'], 'exclude each other'],
    [[...IMAGE, '--print', '-d', 'x'], 'exclude each other'],
    [[...IMAGE, '--check', '-d', 'x'], '--check writes nothing'],
    [[...IMAGE, '--check', '--format', 'helm'], '--check compares objects'],
    [[...IMAGE, '--format', 'jsonnet'], '--format is "jsonnet": use yaml, kustomize, helm'],
    [[...IMAGE, '--format', 'helm'], '--format helm makes several files'],
    [[...IMAGE, 'alice.yaml'], 'unknown argument "alice.yaml"'],
  ])('%j', async (flags, message) => {
    const told = await problems(...flags);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(message);
  });
});
