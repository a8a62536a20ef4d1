import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { FlagValues } from '../../../app/cli/flag-values';
import { pullRequestsOf } from '../../../app/cli/forge-options';
import { gitFactory, remoteOf } from '../../../app/cli/git-options';
import { installOptions } from '../../../app/cli/install-options';
import { UsageError } from '../../../app/cli/options';
import { parseInvocation } from '../../../app/cli/parse';
import { FakeGitHubApp } from '../../gitops/forge/fake-github-app';
import { folderWith, removeFolders } from '../program';

afterAll(removeFolders);

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const folder = folderWith({ key, token: 'x', broken: 'PRIVATE KEY' });
const at = (name: string): string => join(folder, name);

const app = { 'git-github-app-id': '1234', 'git-github-app-installation-id': '99' };
const place = { 'git-url': 'https://github.com/platform/fleet.git', 'cluster-name': 'prod' };
const whole = { ...place, ...app, 'git-github-app-key-file': at('key') };

function flags(given: FlagValues): FlagValues {
  return { ...parseInvocation(['controller']).values, ...given };
}

function message(read: () => unknown): string {
  try {
    read();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

describe('the flags of a GitHub App', () => {
  it.each<[string, FlagValues, string]>([
    ['all of them', whole, 'accepted'],
    ['a client id', { ...whole, 'git-github-app-id': 'Iv23liAbCdEf' }, 'accepted'],
    ['pull requests', { ...whole, 'git-pull-requests': 'batch', 'git-forge': 'github' }, 'accepted'],
    [
      'a server of their own',
      { ...whole, 'git-url': 'https://git.example.com/a/b', 'git-forge-url': 'https://git.example.com/api/v3' },
      'accepted',
    ],
    ['no key', { ...place, ...app }, 'a GitHub App needs --git-github-app-key-file as well'],
    [
      'a key alone',
      { ...place, 'git-github-app-key-file': at('key') },
      'a GitHub App needs --git-github-app-id and --git-github-app-installation-id as well',
    ],
    ['a name', { ...whole, 'git-github-app-id': 'my app' }, '--git-github-app-id is "my app": use the number of the app, or its client id'],
    [
      'no number',
      { ...whole, 'git-github-app-installation-id': '1/2' },
      '--git-github-app-installation-id is "1/2": use the number of the installation',
    ],
    [
      'ssh',
      { ...whole, 'git-url': 'ssh://git@github.com/a/b' },
      '--git-github-app-id needs a --git-url that begins with https://: tokens are for HTTPS',
    ],
    [
      'a registry',
      { ...app, 'git-github-app-key-file': at('key'), 'oci-repository': 'oci://r.example.com/a', 'cluster-name': 'prod' },
      '--git-github-app-id needs a --git-url that begins with https://: tokens are for HTTPS',
    ],
    [
      'a token too',
      { ...whole, 'git-token-file': at('token') },
      '--git-github-app-id and --git-token-file exclude each other: the app has tokens of its own',
    ],
    [
      'another forge',
      { ...whole, 'git-pull-requests': 'batch', 'git-forge': 'gitea' },
      '--git-github-app-id and --git-forge gitea exclude each other: use github',
    ],
    [
      'a broken key',
      { ...whole, 'git-github-app-key-file': at('broken') },
      '--git-github-app-id: FORGE-SETTINGS: the key of the GitHub App is no private RSA key in PEM without a passphrase',
    ],
    [
      'a path of three',
      { ...whole, 'git-url': 'https://github.com/a/b/c' },
      '--git-github-app-id: FORGE-SETTINGS: the URL of the repository is not of the form https://host/OWNER/NAME',
    ],
  ])('%s', (_what, given, expected) => {
    expect(message(() => gitFactory(flags(given), 'git'))).toBe(expected);
  });

  it('an install takes the key from the Secret of the repository', () => {
    const { values } = parseInvocation(['install', '--image', 'r.example.com/openclaw:1', '--delivery', 'git', '--git-secret', 'app']);
    const read = (more: FlagValues): string => message(() => installOptions({ ...values, ...place, ...app, ...more }));
    expect(read({})).toBe('accepted');
    expect(installOptions({ ...values, ...place, ...app }).git?.flags).toEqual(expect.arrayContaining(['--git-github-app-id=1234']));
    expect(read({ 'git-github-app-installation-id': undefined })).toBe('a GitHub App needs --git-github-app-installation-id as well');
    expect(read({ 'git-pull-requests': 'instance', 'git-forge': 'github', 'git-forge-secret': 'x' })).toBe(
      '--git-github-app-id and --git-forge-secret exclude each other: drop one',
    );
  });
});

it('one token serves git and the API, with the rights for both', async () => {
  const github = await FakeGitHubApp.start();
  try {
    const file = folderWith({ key: github.key });
    const given = {
      ...whole,
      'git-github-app-key-file': join(file, 'key'),
      'git-forge-url': github.url,
      'git-pull-requests': 'batch',
      'git-forge': 'github',
    };
    const remote = remoteOf(flags(given), given['git-url']);
    expect(await remote.currentCredentials?.()).toEqual({ kind: 'password', username: 'x-access-token', password: 'ghs_1' });
    expect(remote.credentials).toBeUndefined();
    // The fake knows nothing of pull requests: the token gets as far as that.
    await expect(async () => {
      const forge = pullRequestsOf(flags(given), remote)?.forge;
      if (forge && 'open' in forge) await forge.open('openclaw/');
    }).rejects.toThrow('FORGE-AUTH: GitHub answers 404: Not Found');
    expect(github.asked.map(({ permissions }) => permissions)).toEqual([{ contents: 'write', pull_requests: 'write' }]);
  } finally {
    await github.stop();
  }
});
