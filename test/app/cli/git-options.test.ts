import { join } from 'node:path';
import type { GitContext } from '../../../controller/process/git-factory';
import { RepositoryDelivery } from '../../../controller/git/repository-delivery';
import { registeredKinds } from '../../../controller/objects/kinds';
import { createLog } from '../../../controller/objects/log';
import type { FlagValues } from '../../../app/cli/flag-values';
import { gitFactory, onForeignChangeOf } from '../../../app/cli/git-options';
import { UsageError } from '../../../app/cli/options';
import { parseInvocation } from '../../../app/cli/parse';
import { openFence } from '../../../gitops/git/fence';
import { FakeClock } from '../../controller/api/fake-clock';
import { aServer, fillCaches, stopAll } from '../../controller/world';
import { folderWith, removeFolders } from '../program';

afterAll(removeFolders);
afterEach(stopAll);

const token = ['glpat', 'not-a-real-token-0123'].join('-');
const folder = folderWith({
  token: `${token}\n`,
  key: 'PRIVATE KEY',
  two: 'a\nb',
  hosts: 'git.example ssh-ed25519 AAAA',
  ca: 'PEM',
  docker: JSON.stringify({ auths: { 'other.example.com': { auth: 'YTpi' } } }),
});
const at = (name: string): string => join(folder, name);
const oci = { 'oci-repository': 'oci://registry.example.com/acme/assistants', 'cluster-name': 'prod' };
const https = { 'git-url': 'https://git.example/fleet.git', 'cluster-name': 'prod' };

const forge = { 'git-pull-requests': 'instance', 'git-forge': 'github', 'git-token-file': at('token') };

/** What the command line gives, the defaults of its flags included. */
function flags(given: FlagValues): FlagValues {
  return { ...parseInvocation(['controller']).values, ...given };
}

function message(given: FlagValues, delivery: 'apply' | 'git' = 'git'): string {
  try {
    gitFactory(flags(given), delivery);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

describe('flags that cannot be', () => {
  it.each<[string, FlagValues, string]>([
    ['no repository', {}, '--delivery git needs --cluster-name, and --git-url or --oci-repository'],
    [
      'an empty repository',
      { 'git-url': '', 'cluster-name': 'prod' },
      '--delivery git needs --cluster-name, and --git-url or --oci-repository',
    ],
    ['no cluster', { 'git-url': 'https://git.example/a' }, '--git-url needs --cluster-name: the folder of this cluster in the repository'],
    [
      'a cluster that is no folder',
      { ...https, 'cluster-name': '../prod' },
      `--cluster-name is "../prod": use lower-case letters, digits and '-'`,
    ],
    ['both places', { ...https, ...oci }, '--git-url and --oci-repository exclude each other: give one'],
    [
      'artifacts without a cluster',
      { 'oci-repository': oci['oci-repository'] },
      '--oci-repository needs --cluster-name: the folder of this cluster in the repository',
    ],
    ...[
      'registry.example.com/acme/assistants:1.2',
      'assistants',
      'https://registry.example.com/acme',
      'oci://u:p@registry.example.com/acme',
    ].map((url): [string, FlagValues, string] => [
      `the repository of artifacts ${url}`,
      { ...oci, 'oci-repository': url },
      '--oci-repository: OCI-SETTINGS: the repository of artifacts is not of the form oci://host/path, without a tag',
    ]),
    ['a tag that is none', { ...oci, 'oci-tag': '../x' }, `--oci-tag is "../x": use at most 100 letters, digits, '.', '_' and '-'`],
    [
      'flags of artifacts beside a repository of Git',
      { ...https, 'oci-tag': 'x', 'oci-plain-http': true, 'argocd-project': 'p' },
      '--oci-tag, --oci-plain-http, --argocd-project need --oci-repository: the repository of artifacts',
    ],
    [
      'a credential of another registry',
      { ...oci, 'oci-docker-config-file': at('docker') },
      '--oci-docker-config-file: the file has no credential for registry.example.com',
    ],
    ['another kind of signature', { ...oci, 'oci-signing': 'notation' }, '--oci-signing is "notation": use cosign or disabled'],
    [
      'a key that is not to sign',
      { ...oci, 'oci-signing': 'disabled', 'oci-signing-key-file': at('key') },
      '--oci-signing disabled and --oci-signing-key-file exclude each other: drop one',
    ],
    [
      'a server of Argo CD without a project',
      { ...oci, 'argocd-server': 'https://west' },
      '--argocd-namespace and --argocd-server need --argocd-project: the AppProject of the Applications',
    ],
    [
      'two credentials',
      { ...https, 'git-token-file': at('token'), 'git-ssh-key-file': at('key') },
      '--git-token-file and --git-ssh-key-file exclude each other: give one',
    ],
    [
      'a key without host keys',
      { ...https, 'git-ssh-key-file': at('key') },
      '--git-ssh-key-file needs --git-known-hosts-file: the host key is always checked',
    ],
    [
      'an author without an address',
      { ...https, 'git-author': 'OpenClaw' },
      '--git-author is "OpenClaw": write it like "OpenClaw <openclaw@example.com>"',
    ],
    [
      'an author of two lines',
      { ...https, 'git-author': 'A\nB <a@b>' },
      '--git-author is "A\nB <a@b>": write it like "OpenClaw <openclaw@example.com>"',
    ],
    [
      'an author with brackets',
      { ...https, 'git-author': 'A <x> <a@b>' },
      '--git-author is "A <x> <a@b>": write it like "OpenClaw <openclaw@example.com>"',
    ],
    [
      'another answer to foreign changes',
      { ...https, 'git-on-foreign-change': 'ignore' },
      '--git-on-foreign-change is "ignore": use replace or hold',
    ],
    [
      'pull requests of nobody',
      { ...https, 'git-pull-requests': 'instance' },
      '--git-pull-requests needs --git-forge: github, gitlab, gitea, gitlab-push-options',
    ],
    ['pull requests in another way', { ...https, 'git-pull-requests': 'yes' }, '--git-pull-requests is "yes": use off, instance or batch'],
    [
      'a forge of another kind',
      { ...https, 'git-pull-requests': 'batch', 'git-forge': 'bitbucket' },
      '--git-forge is "bitbucket": use github, gitlab, gitea, gitlab-push-options',
    ],
    ['another approval', { ...https, 'git-approval': 'some' }, '--git-approval is "some": use none, risks, all'],
    [
      'an approval beside a review',
      { ...https, ...forge, 'git-approval': 'all' },
      '--git-approval and --git-pull-requests exclude each other: whoever merges a pull request approves it',
    ],
    ['a forge without pull requests', { ...https, 'git-forge': 'github' }, '--git-forge needs --git-pull-requests instance or batch'],
    [
      'a forge without a token',
      { ...https, 'git-pull-requests': 'instance', 'git-forge': 'github' },
      '--git-forge github needs --git-forge-token-file: a file with a token that may write pull requests',
    ],
    [
      'a token of two lines',
      { ...https, 'git-pull-requests': 'instance', 'git-forge': 'github', 'git-forge-token-file': at('two') },
      'the token of the forge is no single word of printable characters: look at its file',
    ],
    [
      'an API in clear text',
      { ...https, ...forge, 'git-url': 'https://git.example/a/b', 'git-forge-url': 'http://git.example/api' },
      '--git-forge-url, --git-url: FORGE-SETTINGS: the URL of the forge would send the token in clear text: use https://',
    ],
    [
      'a repository without an owner',
      { ...https, ...forge },
      '--git-forge-url, --git-url: FORGE-SETTINGS: the URL of the repository does not end in OWNER/NAME: its forge cannot be told',
    ],
    [
      'a branch that is begun by a pull request',
      { ...https, ...forge, 'git-create-branch': true },
      '--git-create-branch and --git-pull-requests exclude each other: a pull request goes into a branch that is there',
    ],
    [
      'push options with a token',
      { ...https, ...forge, 'git-forge': 'gitlab-push-options', 'git-forge-token-file': at('token') },
      '--git-forge gitlab-push-options asks nothing of an API: drop --git-forge-url and --git-forge-token-file',
    ],
    ['another way to sign', { ...https, 'git-signing': 'gpg' }, '--git-signing is "gpg": use ssh, openpgp or disabled'],
    [
      'OpenPGP without a key',
      { ...https, 'git-signing': 'openpgp' },
      '--git-signing openpgp needs --git-signing-key-file: an armored private key',
    ],
    [
      'a key that signs nothing',
      { ...https, 'git-signing': 'disabled', 'git-signing-key-file': at('key') },
      '--git-signing disabled and --git-signing-key-file exclude each other: drop one',
    ],
  ])('%s: the flag and what to do', (_what, given, expected) => {
    expect(message(given)).toBe(expected);
  });

  it.each(['git-token-file', 'git-ssh-key-file', 'git-known-hosts-file', 'git-ca-file'])('--%s names a file that is not there', (flag) => {
    const given = { ...https, 'git-ssh-key-file': at('key'), 'git-known-hosts-file': at('hosts'), [flag]: '/nowhere/x' };
    if (flag === 'git-token-file') delete (given as FlagValues & { 'git-ssh-key-file'?: string })['git-ssh-key-file'];
    expect(message(given)).toBe(`--${flag}: /nowhere/x cannot be read (ENOENT): name a file that exists`);
  });

  it('say nothing of what is in a file', () => {
    expect(message({ ...https, 'git-token-file': at('token'), 'git-ssh-key-file': at('key') })).not.toContain(token);
  });
});

describe('flags that can be', () => {
  it('no repository is none, where nothing is delivered by Git unless an annotation asks', () => {
    expect(gitFactory(flags({}), 'apply')).toBeUndefined();
  });

  it.each<[string, FlagValues]>([
    ['https with a token', { ...https, 'git-token-file': at('token'), 'git-username': 'bot', 'git-ca-file': at('ca') }],
    [
      'ssh with a key',
      { 'git-url': 'ssh://git@git.example/a', 'cluster-name': 'p', 'git-ssh-key-file': at('key'), 'git-known-hosts-file': at('hosts') },
    ],
    [
      'a folder',
      { 'git-url': '/srv/fleet.git', 'cluster-name': 'p', 'git-allow-file': true, 'git-create-branch': true, 'flux-source': 'fleet' },
    ],
    ['an author', { ...https, 'git-author': 'Fleet Bot <bot@example.org>' }],
  ])('%s', (_what, given) => {
    expect(message(given)).toBe('accepted');
    expect(message(given, 'apply')).toBe('accepted');
  });

  it('build a delivery once the cluster is known', async () => {
    const delivery = await built({ 'git-url': '/srv/fleet.git', 'cluster-name': 'prod', 'git-allow-file': true });
    expect(delivery).toBeInstanceOf(RepositoryDelivery);
    await delivery.stop();
  });

  it.each<[string, FlagValues, string]>([
    [
      'a folder that is not allowed',
      { 'git-url': '/srv/fleet.git' },
      'GIT-SETTINGS: file:// has to be allowed explicitly: use https:// or ssh://',
    ],
    [
      'a password in the URL',
      { 'git-url': 'https://u:geheim@git.example/a' },
      'GIT-SETTINGS: the URL of the repository holds a user or a password: put them into the credential',
    ],
    ['a branch that is none', { ...https, 'git-branch': '-x' }, 'GIT-SETTINGS: the branch "-x" is no branch name'],
    [
      'http with a token',
      { 'git-url': 'http://git.example/a', 'git-token-file': at('token') },
      'GIT-SETTINGS: http:// would send the credential in clear text: use https://',
    ],
  ])('or are refused then: %s', async (_what, given, expected) => {
    await expect(built({ 'cluster-name': 'prod', ...given })).rejects.toThrow(expected);
  });
});

async function built(given: FlagValues) {
  const clock = new FakeClock();
  const api = aServer(clock);
  const { caches } = await fillCaches(api, clock);
  const log = createLog(
    () => undefined,
    () => clock.now(),
  );
  const context: GitContext = {
    api,
    fence: openFence,
    caches,
    kinds: registeredKinds,
    clock,
    log,
    namespace: 'openclaw-system',
    wake: () => undefined,
  };
  const factory = gitFactory(flags(given), 'git');
  if (factory === undefined) throw new Error('no factory');
  return factory(context);
}

it('what is applied without a repository cannot wait for an approval', () => {
  for (const place of [{ 'git-url': 'https://git.example/platform/fleet.git', 'cluster-name': 'prod' }, {}]) {
    expect(() => gitFactory(flags({ ...place, 'git-approval': 'risks' }), 'apply')).toThrow(
      '--git-approval needs --delivery git: what is applied without a repository waits for nobody',
    );
  }
});

it('pull requests need what they need, and no more', () => {
  const place = { 'git-url': 'https://git.example/platform/fleet.git', 'cluster-name': 'prod' };
  expect(message({ ...place, ...forge })).toBe('accepted');
  expect(message({ ...place, 'git-pull-requests': 'batch', 'git-forge': 'gitlab-push-options' })).toBe('accepted');
  expect(onForeignChangeOf(flags({ ...place, ...forge }))).toBe('hold');
  expect(onForeignChangeOf(flags({ ...place, ...forge, 'git-on-foreign-change': 'replace' }))).toBe('replace');
  expect(onForeignChangeOf(flags(place))).toBe('replace');
});
