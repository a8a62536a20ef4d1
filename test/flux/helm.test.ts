import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../constructs';
import { chartValues } from '../../controller/install/helm/values';
import { helmChart } from '../../controller/install/helm/helm-chart';
import { installManifests } from '../../controller/install/install-chart';
import type { InstallOptions } from '../../controller/install/options';
import { describeWith } from '../cluster/parts';
import { anInstall, installs, sshGit } from '../controller/install/install-options';
import { ROOT } from '../docs/pages';
import { helmFile, missingHelm } from './programs';

function documents(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}

const crds = documents(readFileSync(join(ROOT, 'imports/crds/all.yaml'), 'utf8'));

function idOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ?? ''} ${metadata.name}`;
}

function sorted(manifests: readonly Manifest[]): Manifest[] {
  return manifests.toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
}

interface Deployment extends Manifest {
  readonly spec: {
    readonly template: {
      readonly metadata: object;
      readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] };
    };
  };
}

/** Helm's way to write a Deployment names the policy by which images are pulled; the API server has the same one for a tag. */
function pulled(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Deployment') return manifest;
  const { spec } = manifest as Deployment;
  const containers = [{ ...spec.template.spec.containers[0], imagePullPolicy: 'IfNotPresent' }];
  return { ...manifest, spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } } };
}

/** What is printed for the same wishes. Helm makes the namespace. */
function printed(options: InstallOptions): Manifest[] {
  return installManifests(options)
    .filter(({ kind }) => kind !== 'Namespace')
    .map(pulled);
}

describeWith([{ why: missingHelm() }], 'the chart in a real Helm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-helm-'));
  const chart = join(folder, 'chart');

  beforeAll(() => {
    for (const [file, text] of helmChart({ options: anInstall(), crds, version: '0.1.0' })) {
      mkdirSync(dirname(join(chart, file)), { recursive: true });
      writeFileSync(join(chart, file), text);
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function helm(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    // Nothing of a user's own Helm is read or written.
    const env = { PATH: process.env['PATH'], HOME: folder, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
    const { status, stdout, stderr } = spawnSync(helmFile(), args, { encoding: 'utf8', env, maxBuffer: 1 << 26 });
    return { status, stdout, stderr };
  }

  function made(values: object, namespace = 'openclaw-system'): { readonly manifests: Manifest[]; readonly stderr: string } {
    const file = join(folder, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    const { stdout, stderr } = helm('template', 'openclaw', chart, '--namespace', namespace, '--values', file, '--kube-version', '1.30.0');
    return { manifests: documents(stdout), stderr };
  }

  test.each(Object.entries(installs))('T-J10 makes the objects that are printed: %s', (_name, options) => {
    // A branch that nobody named is named by the chart: the controller's default is the same.
    const named = options.git && !options.git.url.startsWith('oci:') && !options.git.flags.includes('--git-branch=main');
    const git = named ? { ...options.git, flags: [...options.git.flags, '--git-branch=main'] } : options.git;
    const wanted = { ...options, git };
    const { manifests, stderr } = made(chartValues(wanted), options.namespace);
    expect(stderr).toBe('');
    const own = manifests.filter(({ kind }) => kind !== 'CustomResourceDefinition');
    expect(sorted(own)).toEqual(sorted(printed(wanted)));
  });

  test('T-Q1 has the CRDs among its templates, whole, and keeps them when it is uninstalled', () => {
    const { manifests } = made({});
    const found = manifests.filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(found.map(({ metadata }) => metadata.annotations)).toEqual(crds.map(() => ({ 'helm.sh/resource-policy': 'keep' })));
    expect(sorted(found).map((crd) => crd['spec'])).toEqual(sorted(crds).map((crd) => crd['spec']));
    expect(made({ crds: { install: false } }).manifests.filter(({ kind }) => kind === 'CustomResourceDefinition')).toEqual([]);
  });

  test('takes what people expect of a chart, quotes and all', () => {
    const values = {
      image: { digest: `sha256:${'0'.repeat(64)}` },
      imagePullSecrets: [{ name: 'pull' }],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'a', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      priorityClassName: 'system-cluster-critical',
      podAnnotations: { a: 'true' },
      podLabels: { b: '1' },
      resources: { limits: { memory: '1Gi' } },
      serviceAccount: { name: 'mine', annotations: { 'example.com/role': 'x' } },
      rbac: { aggregateToDefaultRoles: false },
      git: {
        url: 'https://git.example.com/x',
        clusterName: 'prod',
        secretName: 's',
        author: 'Mia "$(POD_NAMESPACE)" O\'Brien <m@example.com>',
      },
    };
    const { manifests, stderr } = made(values);
    expect(stderr).toBe('');
    const named = (kind: string, name: string): Manifest | undefined =>
      manifests.find((one) => one.kind === kind && one.metadata.name === name);
    expect(named('ServiceAccount', 'mine')?.metadata.annotations).toEqual({ 'example.com/role': 'x' });
    const subjects = manifests.flatMap((one) => (one['subjects'] as { name: string }[] | undefined) ?? []);
    expect(new Set(subjects.map(({ name }) => name))).toEqual(new Set(['mine']));
    expect(manifests.filter(({ metadata }) => /-(?:view|edit)$/.test(metadata.name))).toEqual([]);
    const { template: pod } = (named('Deployment', 'openclaw-controller') as Deployment).spec;
    expect(pod.metadata).toMatchObject({
      annotations: values.podAnnotations,
      labels: { b: '1', 'app.kubernetes.io/name': 'openclaw-controller' },
    });
    const { nodeSelector, tolerations, affinity, priorityClassName, imagePullSecrets, resources } = values;
    expect(pod.spec).toMatchObject({
      serviceAccountName: 'mine',
      nodeSelector,
      tolerations,
      affinity,
      priorityClassName,
      imagePullSecrets,
    });
    const [container] = pod.spec.containers;
    expect(container).toMatchObject({ image: `registry.example.com/openclaw@${values.image.digest}`, resources });
    expect(container.args).toContain('--git-author=Mia "$$(POD_NAMESPACE)" O\'Brien <m@example.com>');
  });

  test.each([
    [{ replicaCounts: 3 }, 'replicaCounts'],
    [{ delivery: 'sftp' }, 'delivery'],
    [{ namespaces: ['Team_A'] }, 'namespaces'],
    [{ watchLabel: "a='b'" }, 'watchLabel'],
    [{ git: { url: 'https://git.example.com/x' } }, 'git.clusterName is missing'],
    [{ git: { url: 'https://git.example.com/x', clusterName: 'prod' } }, 'git.secretName is missing'],
    [{ image: { tag: '' } }, 'image.tag is missing'],
    [{ delivery: 'git' }, 'git.url is missing'],
    [{ git: { url: 'https://a/b', clusterName: 'c', secretName: 's' }, oci: { repository: 'oci://a/b' } }, 'exclude each other'],
    [{ oci: { repository: 'https://a/b' } }, '/oci/repository'],
    [{ hooks: { secretName: 's' } }, 'hooks.secretName needs'],
  ])('says what is wrong with %j', (values, message) => {
    expect(made(values).stderr).toContain(message);
  });

  test('passes its own linter', () => {
    const { status, stdout } = helm('lint', '--strict', chart);
    expect({ status, stdout: status === 0 ? '' : stdout }).toEqual({ status: 0, stdout: '' });
  });

  test('has the values that the flags said, which are enough to say them again', () => {
    const values = parseAllDocuments(
      helmChart({ options: anInstall({ git: sshGit }), crds: [], version: '0.1.0' }).get('values.yaml') ?? '',
    );
    expect(values[0]?.toJS()).toMatchObject({
      git: { url: sshGit.url, clusterName: 'prod', secretName: 'git-key', signingSecretName: 'signing-key' },
    });
  });
});
