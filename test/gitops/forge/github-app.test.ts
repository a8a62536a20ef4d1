import { generateKeyPairSync } from 'node:crypto';
import { GitHubApp, type GitHubAppSettings } from '../../../gitops/forge/github-app';
import type { GitError } from '../../../gitops/git/errors';
import { FakeGitHubApp } from './fake-github-app';

const HOUR = 60 * 60_000;

let server: FakeGitHubApp;
let now = Date.UTC(2026, 8, 1);
const clock = { now: () => new Date(now), monotonic: () => now };

beforeEach(async () => {
  now = Date.UTC(2026, 8, 1);
  server = await FakeGitHubApp.start(() => now);
});
afterEach(() => server.stop());

function open(more: Partial<GitHubAppSettings> = {}): GitHubApp {
  const key = (): string => server.key;
  return new GitHubApp({ url: server.url, id: '1234', installation: '99', key, repository: 'fleet', clock, ...more });
}

async function failure(app: GitHubApp): Promise<GitError> {
  return app.token().then(
    () => {
      throw new Error('it has a token');
    },
    (error: unknown) => error as GitError,
  );
}

it('a token is for one repository, with the rights that are needed and no more', async () => {
  expect(await open().token()).toBe('ghs_1');
  expect(await open({ isForPullRequests: true }).token()).toBe('ghs_2');
  expect(server.asked).toEqual([
    { installation: '99', repositories: ['fleet'], permissions: { contents: 'write' } },
    { installation: '99', repositories: ['fleet'], permissions: { contents: 'write', pull_requests: 'write' } },
  ]);
});

it('GitHub is asked for one at a time, early before the last one ends', async () => {
  const app = open();
  expect(await Promise.all([app.token(), app.token(), app.token()])).toEqual(['ghs_1', 'ghs_1', 'ghs_1']);
  now += HOUR - 11 * 60_000;
  expect(await app.token()).toBe('ghs_1');
  now += 2 * 60_000;
  expect(await app.token()).toBe('ghs_2');
});

it('a rotated key is taken up at once, and one that is being written is waited for', async () => {
  let text = (): string => server.key;
  const app = open({ key: () => text() });
  await app.token();
  server.rotate();
  expect(await app.token()).toBe('ghs_2');
  text = () => {
    throw new Error('ENOENT');
  };
  expect(await app.token()).toBe('ghs_2');
});

it('while GitHub is away the last token serves to its end, and not longer', async () => {
  const app = open();
  await app.token();
  now += HOUR - 5 * 60_000;
  server.trouble = 503;
  expect(await app.token()).toBe('ghs_1');
  now += 6 * 60_000;
  expect(await failure(app)).toMatchObject({ code: 'FORGE-UNREACHABLE', stalled: false });
  server.trouble = undefined;
  expect(await app.token()).toBe('ghs_2');
});

it.each([
  [
    'a key of another app',
    { key: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string },
    'FORGE-AUTH',
  ],
  ['another app', { id: '1' }, 'FORGE-AUTH'],
  ['another installation', { installation: '1' }, 'FORGE-AUTH'],
  ['a repository that is not covered', { repository: 'other' }, 'FORGE-REFUSED'],
])('%s is told with what to check, and without the key or a proof', async (_what, more, code) => {
  const error = await failure(open(more));
  expect([error.code, error.stalled]).toEqual([code, true]);
  expect(error.remedy).toMatch(
    /^check the id of the app, its installation and its key; the installation has to cover \w+ and may write contents$/,
  );
  expect(`${error.message} ${error.stack}`).not.toMatch(/eyJ|PRIVATE KEY/);
});

it('a clock that is ahead by less than a minute is no trouble', async () => {
  const real = now;
  const app = open({ clock: { now: () => new Date(real + 50_000), monotonic: () => 0 } });
  expect(await app.token()).toBe('ghs_1');
});

it.each(['', 'ssh-rsa AAAA', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string])(
  'what is no RSA key is refused at the start, and not repeated',
  (key) => {
    const text = 'FORGE-SETTINGS: the key of the GitHub App is no private RSA key in PEM without a passphrase';
    expect(() => open({ key: () => key })).toThrow(text);
  },
);
