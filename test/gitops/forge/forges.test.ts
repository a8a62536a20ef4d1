import { FORGES, type ForgeKind, forgeOf } from '../../../gitops/forge/forges';
import { ForgeError } from '../../../gitops/forge/forge-error';
import { checkForgeUrl } from '../../../gitops/forge/http';
import type { Forge } from '../../../gitops/forge/pull-request';
import { patient } from '../../patience/patience.cjs';
import { FakeForge, type Trouble } from './fake-forge';

const REPOSITORY = 'https://git.example.com/platform/fleet.git';
const TOKEN = 'ghp-aaaaaaaaaaaaaaaaaaaa';
const NOW = Date.UTC(2026, 8, 1);

let server: FakeForge;
afterEach(() => server.stop());

async function serve(kind: ForgeKind, timeoutMs?: number): Promise<Forge> {
  server = await FakeForge.start(kind);
  return forgeOf({ kind, repository: REPOSITORY, base: 'main', url: server.url, token: () => TOKEN, timeoutMs, now: () => NOW });
}

async function failure(work: Promise<unknown>): Promise<ForgeError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ForgeError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe.each(FORGES)('%s', (kind) => {
  it('opens, finds, changes and closes a pull request', async () => {
    const forge = await serve(kind);
    const made = await forge.create('openclaw/prod/a.b', { title: 'T', body: 'B' });
    expect(made).toEqual({
      number: 1,
      url: expect.stringMatching(/^https:\/\//) as string,
      state: 'open',
      branch: 'openclaw/prod/a.b',
      title: 'T',
      body: 'B',
    });
    expect(await forge.open('openclaw/prod/')).toEqual([made]);
    expect(await forge.update(1, { title: 'U', body: 'C' })).toMatchObject({ title: 'U', body: 'C', state: 'open' });
    await forge.close(1, { title: 'U', body: 'D' });
    expect([await forge.open('openclaw/prod/'), (await forge.last('openclaw/prod/a.b'))?.state]).toEqual([[], 'closed']);
    server.add({ branch: 'openclaw/prod/a.b', state: 'merged' });
    expect(await forge.last('openclaw/prod/a.b')).toMatchObject({ number: 2, state: 'merged' });
    expect(await forge.last('openclaw/prod/x.y')).toBeUndefined();
  });

  it('takes neither a fork with a branch of that name for ours, nor what goes elsewhere, nor other branches', async () => {
    const forge = await serve(kind);
    server.add({ branch: 'openclaw/prod/a.b', isFork: true });
    server.add({ branch: 'openclaw/prod/a.b', base: 'release' });
    server.add({ branch: 'openclaw/west/a.b' });
    expect([await forge.open('openclaw/prod/'), await forge.last('openclaw/prod/a.b')]).toEqual([[], undefined]);
    const made = await forge.create('openclaw/prod/c.d', { title: 'T', body: 'B' });
    expect(made.number).toBe(4);
  });

  it('takes one that is there already', async () => {
    const forge = await serve(kind);
    server.add({ branch: 'openclaw/prod/a.b', title: 'first' });
    expect(await forge.create('openclaw/prod/a.b', { title: 'second', body: '' })).toMatchObject({ number: 1, title: 'first' });
    expect(server.pulls).toHaveLength(1);
  });

  it('reads all pages, and asks conditionally the next time', async () => {
    const forge = await serve(kind);
    server.page = 2;
    for (const name of 'abcde') server.add({ branch: `openclaw/prod/n.${name}` });
    expect(await forge.open('openclaw/prod/')).toHaveLength(5);
    expect([server.taken(), server.notModified]).toEqual([['GET', 'GET', 'GET'], 0]);
    expect(await forge.open('openclaw/prod/')).toHaveLength(5);
    expect(server.notModified).toBe(3);
  });

  it('shows the token to the server, and to nobody else', async () => {
    const forge = await serve(kind);
    await forge.open('');
    expect([...server.tokens].map((text) => text.split(' ').at(-1))).toEqual([TOKEN]);
    server.trouble = {
      answer: { status: 400, body: { message: `bad token ${TOKEN}`, errors: [Buffer.from(`x:${TOKEN}`).toString('base64')] } },
      left: 1,
    };
    const { message } = await failure(forge.open(''));
    expect(message).toContain('answers 400: bad token [redacted]');
    expect(message).not.toMatch(/aaaaaaaa|YWFhYWFh/);
  });

  it.each<[string, Trouble, string, number | undefined]>([
    ['401', { status: 401, body: { message: 'Bad credentials' } }, 'FORGE-AUTH', undefined],
    ['403', { status: 403, body: { message: 'Resource not accessible by integration' } }, 'FORGE-AUTH', undefined],
    ['404', { status: 404, body: '<html>' }, 'FORGE-AUTH', undefined],
    [
      '422',
      { status: 422, body: { message: 'Validation Failed', errors: [{ message: 'No commits between main and x' }] } },
      'FORGE-REFUSED',
      undefined,
    ],
    ['429', { status: 429, headers: { 'retry-after': '30' } }, 'FORGE-LIMIT', 30_000],
    ['429 until a date', { status: 429, headers: { 'retry-after': new Date(NOW + 60_000).toUTCString() } }, 'FORGE-LIMIT', 60_000],
    [
      'a limit that is used up',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 90) } },
      'FORGE-LIMIT',
      90_000,
    ],
    ["GitLab's", { status: 429, headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': String(NOW / 1000 + 5) } }, 'FORGE-LIMIT', 5000],
    ['429 for years', { status: 429, headers: { 'retry-after': '99999999999' } }, 'FORGE-LIMIT', 3_600_000],
    [
      'a moment in another unit',
      { status: 429, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW) } },
      'FORGE-LIMIT',
      3_600_000,
    ],
    ['500', { status: 500, body: 'oops' }, 'FORGE-UNREACHABLE', undefined],
    ['503', { status: 503, headers: { 'retry-after': '2' } }, 'FORGE-UNREACHABLE', 2000],
    ['301', { status: 301, headers: { location: 'https://evil.example.com/' } }, 'FORGE-SETTINGS', undefined],
    ['no JSON', { status: 200, body: '<html>sign in</html>' }, 'FORGE-REFUSED', undefined],
    ['no list', { status: 200, body: { message: 'hello' } }, 'FORGE-REFUSED', undefined],
  ])('tells %s by its code, and when to come back', async (_, answer, code, retryAfter) => {
    const forge = await serve(kind);
    server.trouble = { answer, left: 1 };
    const error = await failure(forge.open(''));
    expect([error.code, error.retryAfter]).toEqual([code, retryAfter]);
  });

  it('does not wait for ever, and says so where nobody answers', async () => {
    const forge = await serve(kind, patient(200));
    server.trouble = { answer: { status: 0 }, left: 1 };
    expect((await failure(forge.open(''))).message).toMatch(/^FORGE-UNREACHABLE: .* does not answer \(no answer in time\)$/);
    const silent = forgeOf({ kind, repository: REPOSITORY, base: 'main', url: 'http://127.0.0.1:9', token: () => TOKEN });
    expect((await failure(silent.open(''))).message).toMatch(/^FORGE-UNREACHABLE: .* does not answer \(ECONNREFUSED\)$/);
    server.dropsNextAnswer = true;
    expect((await failure(forge.update(1, { title: '', body: '' }))).code).toBe('FORGE-UNREACHABLE');
  });
});

/** Where its pull requests are, as it asks for them. */
function apiOf(kind: ForgeKind, repository: string): string {
  const forge = forgeOf({ kind, repository, base: 'main' }) as unknown as { http: { base: URL }; path: string };
  return `${forge.http.base.href.replace(/\/$/, '')}${forge.path}`;
}

describe('the address of a forge', () => {
  beforeEach(async () => {
    server = await FakeForge.start('github');
  });

  it.each<[ForgeKind, string, string]>([
    ['github', 'https://github.com/platform/fleet', 'https://api.github.com/repos/platform/fleet/pulls'],
    ['github', 'git@github.com:platform/fleet.git', 'https://api.github.com/repos/platform/fleet/pulls'],
    ['github', 'https://git.example.com:8443/platform/fleet', 'https://git.example.com:8443/api/v3/repos/platform/fleet/pulls'],
    ['gitlab', 'ssh://git@git.example.com:2222/a/b/c.git', 'https://git.example.com/api/v4/projects/a%2Fb%2Fc/merge_requests'],
    ['gitea', 'https://codeberg.org/platform/fleet/', 'https://codeberg.org/api/v1/repos/platform/fleet/pulls'],
  ])('of %s follows from %s', (kind, repository, expected) => {
    expect(apiOf(kind, repository)).toBe(expected);
  });

  it('has to be named where the repository does not tell', () => {
    expect(() => apiOf('gitea', '/srv/fleet.git')).toThrow('FORGE-SETTINGS');
    expect(() => apiOf('github', 'https://github.com/fleet')).toThrow('does not end in OWNER/NAME');
  });

  it.each([
    ['ftp://git.example.com', 'in clear text'],
    ['http://git.example.com/api/v1', 'in clear text'],
    ['https://me:hunter2@git.example.com/api/v1', 'put the token into a file'],
    ['https://git.example.com/api/v1?private_token=hunter2', 'has a query'],
    ['hunter2', 'is none'],
  ])('that is %s is refused', (url, why) => {
    expect(() => checkForgeUrl(url)).toThrow(why);
    expect(() => checkForgeUrl(url)).not.toThrow('hunter2');
  });
});
