import type { GitInstall, InstallOptions } from '../options';

/** The values of the chart, as `values.yaml` has them. Everything that a flag of `install` says is one of them, with the same default. */
export function chartValues(options: InstallOptions): Record<string, unknown> {
  const { image, replicas, delivery, resources, webhook, monitoring, git, gitHubSecret, hookSecret } = options;
  const { namespaces, watchLabel } = options.scope ?? {};
  return {
    image: { ...imageParts(image), pullPolicy: 'IfNotPresent' },
    imagePullSecrets: [],
    replicaCount: replicas,
    delivery,
    namespaces: namespaces ?? [],
    watchLabel: watchLabel ?? '',
    ...repositoryValues(git),
    hooks: { secretName: hookSecret ?? '' },
    github: { secretName: gitHubSecret ?? '' },
    webhook: { enabled: webhook !== 'none', certManager: { enabled: webhook === 'cert-manager' } },
    metrics: { serviceMonitor: { enabled: monitoring } },
    rbac: { aggregateToDefaultRoles: true },
    crds: { install: true },
    serviceAccount: { name: '', annotations: {} },
    resources: {
      requests: { cpu: resources.cpuRequest, memory: resources.memoryRequest },
      limits: { memory: resources.memoryLimit },
    },
    nodeSelector: {},
    tolerations: [],
    affinity: {},
    priorityClassName: '',
    podAnnotations: {},
    podLabels: {},
  };
}

/** What is said of the repository, or of the registry in its place: `git` has what both need. */
function repositoryValues(git: GitInstall | undefined): Record<string, unknown> {
  const given = new Map(
    git?.flags.map((flag) => (flag.includes('=') ? [flag.slice(0, flag.indexOf('=')), flag.slice(flag.indexOf('=') + 1)] : [flag, ''])),
  );
  const said = (flag: string): string => given.get(`--${flag}`) ?? '';
  const url = git?.url ?? '';
  const isRegistry = url.startsWith('oci://');
  return {
    git: {
      url: isRegistry ? '' : url,
      branch: said('git-branch') || 'main',
      clusterName: said('cluster-name'),
      createBranch: given.has('--git-create-branch'),
      username: said('git-username'),
      githubApp: { id: said('git-github-app-id'), installationId: said('git-github-app-installation-id') },
      author: said('git-author'),
      signing: said('git-signing'),
      onForeignChange: said('git-on-foreign-change'),
      approval: said('git-approval'),
      secretName: git?.secret ?? '',
      ca: git?.hasCa ?? false,
      signingSecretName: git?.signingSecret ?? '',
      pullRequests: said('git-pull-requests'),
      forge: said('git-forge'),
      forgeUrl: said('git-forge-url'),
      forgeSecretName: git?.forgeSecret ?? '',
      flux: { source: said('flux-source'), namespace: said('flux-namespace'), serviceAccountName: said('flux-service-account') },
    },
    oci: {
      repository: isRegistry ? url : '',
      tag: said('oci-tag'),
      signing: said('oci-signing'),
      argocd: { project: said('argocd-project'), namespace: said('argocd-namespace'), server: said('argocd-server') },
    },
  };
}

/** `registry:5000/name:tag@digest` in its parts. */
function imageParts(image: string): { readonly repository: string; readonly tag: string; readonly digest: string } {
  const [name = '', digest = ''] = image.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  return { repository: hasTag ? name.slice(0, colon) : name, tag: hasTag ? name.slice(colon + 1) : '', digest };
}

type Schema = Readonly<Record<string, unknown>>;

const text = (pattern: string, description: string): Schema => ({ type: 'string', pattern, description });
const NAME = '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$';
const anything: Schema = { type: 'object' };

/** What a value may be where its default does not say it. By the path of the value. */
const SAID: Readonly<Record<string, Schema>> = {
  'image.repository': text('^[a-z0-9][a-z0-9._:/-]*$', 'the image of the controller, without tag and digest'),
  'image.tag': text('^([\\w][\\w.-]{0,127})?$', 'needed where there is no digest'),
  'image.digest': text('^(sha256:[0-9a-f]{64})?$', 'goes before the tag'),
  'image.pullPolicy': { enum: ['Always', 'IfNotPresent', 'Never'] },
  imagePullSecrets: { type: 'array', items: { type: 'object' } },
  replicaCount: { type: 'integer', minimum: 1, maximum: 9, description: 'one works, the others wait with warm caches' },
  delivery: { enum: ['apply', 'git'], description: 'what instances without an annotation get' },
  namespaces: {
    type: 'array',
    items: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' },
    description: 'care for instances of these only, with rights there; empty means all',
  },
  watchLabel: text(
    '^(([a-z0-9.-]+/)?[A-Za-z0-9]([\\w.-]{0,61}[A-Za-z0-9])?=[A-Za-z0-9]([\\w.-]{0,61}[A-Za-z0-9])?)?$',
    'care for instances with this label only: key=value',
  ),
  'git.secretName': text(
    NAME,
    'a Secret with the credential: password for https, or githubAppPrivateKey with git.githubApp, identity and known_hosts for ssh, .dockerconfigjson for a registry',
  ),
  'git.githubApp.id': text('^[A-Za-z0-9.]{0,40}$', 'a GitHub App in place of a token: its number or client id, as a text'),
  'git.githubApp.installationId': text('^\\d{0,20}$', 'the number of its installation, as a text'),
  'git.signing': { enum: ['', 'ssh', 'openpgp', 'disabled'] },
  'git.signingSecretName': text(NAME, 'a Secret whose key identity signs commits, or its cosign.key artifacts'),
  'git.onForeignChange': { enum: ['', 'replace', 'hold'] },
  'git.approval': { enum: ['', 'none', 'risks', 'all'] },
  'oci.repository': text('^(oci://[^@\\s]+)?$', 'in place of git.url: a repository of a registry, oci://host/path'),
  'oci.signing': { enum: ['', 'cosign', 'disabled'] },
  'hooks.secretName': text(NAME, 'a Secret whose key secret verifies deliveries of a forge to /hooks/git'),
  'git.pullRequests': { enum: ['', 'off', 'instance', 'batch'] },
  'git.forge': { enum: ['', 'github', 'gitlab', 'gitea', 'gitlab-push-options'] },
  'git.forgeUrl': text('^(https://[^@\\s]+)?$', 'where the API of the forge begins, if not on the host of git.url'),
  'git.forgeSecretName': text(NAME, 'a Secret whose key token opens pull requests; without it the credential of git.secretName does'),
  'github.secretName': text(NAME, 'a Secret whose key token opens private skill packs'),
  'serviceAccount.name': text(NAME, 'openclaw-controller where it is empty'),
  'serviceAccount.annotations': { type: 'object', additionalProperties: { type: 'string' } },
  resources: anything,
  nodeSelector: { type: 'object', additionalProperties: { type: 'string' } },
  tolerations: { type: 'array', items: { type: 'object' } },
  affinity: anything,
  podAnnotations: { type: 'object', additionalProperties: { type: 'string' } },
  podLabels: { type: 'object', additionalProperties: { type: 'string' } },
};

/** `values.schema.json`: an unknown or misspelt value is an error, since it would be one that does nothing. */
export function valuesSchema(values: Readonly<Record<string, unknown>>): Schema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...schemaOf(values, '') };
}

function schemaOf(value: unknown, path: string): Schema {
  const said = SAID[path];
  if (said !== undefined) return said;
  if (typeof value !== 'object' || value === null) return { type: typeof value };
  const properties = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, schemaOf(inner, path === '' ? key : `${path}.${key}`)]),
  );
  // Charts that hold this one hand it their own globals.
  return { type: 'object', properties: { ...properties, ...(path === '' && { global: anything }) }, additionalProperties: false };
}
