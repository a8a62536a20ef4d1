import { GitError } from '../../../gitops/git/errors';
import { redactor } from '../../../gitops/git/redact';
import { type RemoteSettings, checkRemote } from '../../../gitops/git/remote-settings';

const PASSWORD = { kind: 'password', password: 'x' } as const;
const KEY = { kind: 'ssh', privateKey: 'x', knownHosts: 'x' } as const;

function check(settings: Partial<RemoteSettings>): string {
  return checkRemote({ url: 'https://git.example.com/team/fleet.git', branch: 'main', ...settings }).url;
}

function refusal(settings: Partial<RemoteSettings>): string {
  try {
    return `accepted ${check(settings)}`;
  } catch (error) {
    if (error instanceof GitError && error.code === 'GIT-SETTINGS') return error.message;
    throw error;
  }
}

it.each([
  ['https://git.example.com/team/fleet.git', 'https://git.example.com/team/fleet.git', undefined],
  ['https://git.example.com:8443/a/~b/c_d-e.f%20g', 'https://git.example.com:8443/a/~b/c_d-e.f%20g', PASSWORD],
  ['ssh://git@git.example.com:2222/team/fleet.git', 'ssh://git@git.example.com:2222/team/fleet.git', KEY],
  ['git@git.example.com:team/fleet.git', 'ssh://git@git.example.com/team/fleet.git', KEY],
])('takes %s', (url, normal, credentials) => {
  expect(check({ url, credentials })).toBe(normal);
});

it.each([
  '',
  'fleet',
  '-u',
  '--upload-pack=touch x',
  'ext::sh -c touch% x',
  'git://git.example.com/fleet.git',
  'https://user:pass@git.example.com/fleet.git',
  'https://token@git.example.com/fleet.git',
  'https://git.example.com/../x',
  'https://git.example.com/a/-x',
  'https://git.example.com/a b',
  'https://git.example.com/a\n[core]',
  'https://git.example.com/a?x=y',
  'https://git.example.com',
  'https://-x/fleet.git',
  'ssh://-oProxyCommand=x/fleet.git',
  'ssh://git@-x/fleet.git',
  '-x@git.example.com:fleet.git',
  'git@git.example.com:-x',
  "git@git.example.com:a'b",
  '/tmp/fleet.git',
  'file:///tmp/fleet.git',
  'http://git.example.com/fleet.git',
])('refuses %j and does not repeat it', (url) => {
  const credentials = /^ssh:|^[^/]*@[^/]*:/.test(url) ? KEY : undefined;
  const message = refusal({ url, credentials });
  expect(message).toMatch(/^GIT-SETTINGS: /);
  expect(message).not.toMatch(/pass@|token@/);
});

it('takes file and http where they are allowed, http never with a credential', () => {
  expect(check({ url: '/srv/fleet.git', allow: ['file'] })).toBe('file:///srv/fleet.git');
  expect(check({ url: 'http://localhost:8080/fleet.git', allow: ['http'] })).toBe('http://localhost:8080/fleet.git');
  expect(refusal({ url: 'http://localhost/fleet.git', allow: ['http'], credentials: PASSWORD })).toContain('clear text');
});

it.each([
  '',
  '-x',
  '--force',
  'a..b',
  'a//b',
  'a/',
  '/a',
  '.a',
  'a/.b',
  'a.lock',
  'a.lock/b',
  'a b',
  'a~1',
  'a^',
  'a:b',
  'a?',
  'a[',
  'a\\b',
  'HEAD',
  'a\nb',
  '@{x}',
  'x'.repeat(300),
])('refuses the branch %j', (branch) => {
  expect(refusal({ branch })).toContain('is no branch name');
});

it.each(['main', 'release/2026.9', 'clusters/prod-eu', 'a_b-c.d'])('takes the branch %s', (branch) => {
  expect(check({ branch })).toContain('https:');
});

it.each([
  [{ credentials: KEY }, 'not an ssh key'],
  [{ url: 'git@git.example.com:x', credentials: PASSWORD }, 'needs a private key'],
  [{ url: 'git@git.example.com:x' }, 'needs a private key'],
  [{ credentials: { kind: 'password', password: 'a\nb' } }, 'line end'],
  [{ proxy: 'http://user:pass@proxy:8080' }, 'without a password'],
] as const)('refuses a credential that does not fit: %j', (settings, words) => {
  expect(refusal(settings as Partial<RemoteSettings>)).toContain(words);
});

it('a credential is taken out of texts in all its forms', () => {
  const token = 'gl-T0k3n/with+signs==';
  const clean = redactor([token])(
    [token, encodeURIComponent(token), Buffer.from(`git:${token}`).toString('base64'), 'https://git:other@host/x', 'kept'].join(' '),
  );
  expect(clean).toMatch(/^\[redacted\] \[redacted\] \S*\[redacted\]\S* https:\/\/\[redacted\]@host\/x kept$/);
  expect(clean).not.toContain('T0k3n');
});
