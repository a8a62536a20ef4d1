import { Registry } from '../../../../controller/observe/releases/registry';
import { challengeOf } from '../../../../gitops/registry/challenge';
import { credentialsIn } from '../../../../gitops/registry/docker-config';
import { apiHostOf, repositoryOf } from '../../../../gitops/registry/repository';
import { FakeRegistry, type FakeRegistryOptions } from './fake-registry';

const running: FakeRegistry[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

async function registry(options: Partial<FakeRegistryOptions> = {}): Promise<FakeRegistry> {
  const one = await FakeRegistry.start({ tags: { 'a/b': ['2026.9.6', 'latest'] }, ...options });
  running.push(one);
  return one;
}

interface Asked {
  readonly path?: string;
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly timeoutMs?: number;
}

async function tagsOf({ host }: FakeRegistry, { path = 'a/b', credentials, timeoutMs = 5000 }: Asked = {}): Promise<string[]> {
  return new Registry({ plainHosts: new Set([host]), timeoutMs }).tags({ host, path }, credentials);
}

const ALICE = { user: 'alice', password: 's3cr:et' };

function answering(status: number, text = ''): FakeRegistryOptions['instead'] & {} {
  return (_request, response) => {
    response.writeHead(status).end(text);
    return true;
  };
}

function sending(to: (host: string) => string): FakeRegistryOptions['instead'] & {} {
  return (request, response) => {
    response.writeHead(302, { location: to(request.headers.host ?? '') }).end();
    return true;
  };
}

const paging: FakeRegistryOptions['instead'] & {} = (_request, response) => {
  response.writeHead(200, { link: '</v2/a/b/tags/list?last=x>; rel="next"' }).end('{"tags":["x"]}');
  return true;
};

describe('the tags of a repository', () => {
  it.each<[string, Partial<FakeRegistryOptions>, Asked]>([
    ['is open', {}, {}],
    ['wants a token, and gives one to anybody', { auth: 'token' }, {}],
    ['T-M7 calls the token otherwise', { auth: 'access_token' }, {}],
    ['wants a name for the token', { auth: 'token', credentials: 'alice:s3cr:et' }, { credentials: ALICE }],
    ['wants a name with each request', { auth: 'basic', credentials: 'alice:s3cr:et' }, { credentials: ALICE }],
  ])('are listed of a registry that %s', async (_what, options, asked) => {
    expect(await tagsOf(await registry(options), asked)).toEqual(['2026.9.6', 'latest']);
  });

  it('T-M6 T21 come from every page', async () => {
    const many = Array.from({ length: 250 }, (_, index) => `2026.1.${index}`);
    const one = await registry({ tags: { 'a/b': many }, pageSize: 100, auth: 'token' });
    expect(await tagsOf(one)).toEqual(many);
    // One challenge, one token, three pages.
    expect(one.requests).toHaveLength(5);
  });

  it('leave out what is no tag, and an empty repository has none', async () => {
    const one = await registry({ tags: { 'a/b': ['ok', '../x', 'a b', ''], 'a/c': [] } });
    expect(await tagsOf(one)).toEqual(['ok']);
    expect(await tagsOf(one, { path: 'a/c' })).toEqual([]);
  });
});

describe('what goes wrong', () => {
  it.each<[string, Partial<FakeRegistryOptions>, Asked, RegExp]>([
    ['there is no such repository', {}, { path: 'no/such' }, /repository .*no\/such was not found/],
    ['it is closed', { auth: 'token', credentials: 'alice:x' }, {}, /not open to everybody: name a Secret .* in spec\.image\.pullSecrets/],
    [
      'the credentials are wrong',
      { auth: 'basic', credentials: 'alice:x' },
      { credentials: ALICE },
      /credentials of spec\.image\.pullSecrets do not/,
    ],
    ['it is too busy', { instead: answering(429) }, {}, /too many requests/],
    ['it is broken', { instead: answering(503) }, {}, /answers 503/],
    ['it says what is no JSON', { instead: answering(200, '<html>') }, {}, /no list of tags/],
    ['it says no list', { instead: answering(200, '{"tags":{}}') }, {}, /no list of tags/],
    ['it says too much', { instead: answering(200, ' '.repeat(4 * 1024 * 1024 + 1)) }, {}, /answers with more than/],
    ['it says nothing', { instead: () => true }, { timeoutMs: 50 }, /does not answer \(within 0\.05 seconds\)/],
    ['it sends on in circles', { instead: sending((host) => `http://${host}/v2/a/b/tags/list`) }, {}, /sends on without end/],
    [
      'it sends on to a place without TLS',
      { instead: sending(() => 'http://169.254.169.254/latest') },
      {},
      /sends on to a place without TLS/,
    ],
    ['it sends on to a file', { instead: sending(() => 'file:///etc/passwd') }, {}, /sends on to a place without TLS/],
    ['its pages have no end', { instead: paging }, {}, /more than 100 pages/],
  ])('is said where %s, without a letter of the credentials', async (_what, options, asked, expected) => {
    const one = await registry(options);
    const message = await tagsOf(one, asked).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).toMatch(expected);
    expect(message).not.toContain('s3cr');
  });

  it('credentials go to the registry and to its tokens, and nowhere that it sends on to', async () => {
    const other = await registry();
    const one = await registry({
      auth: 'basic',
      credentials: 'alice:s3cr:et',
      instead: (request, response) => {
        if (request.headers.authorization === undefined) return false;
        response.writeHead(307, { location: `http://${other.host}/v2/a/b/tags/list?n=5` }).end();
        return true;
      },
    });
    const tags = await new Registry({ plainHosts: new Set([one.host, other.host]) }).tags({ host: one.host, path: 'a/b' }, ALICE);
    expect(tags).toEqual(['2026.9.6', 'latest']);
    expect(other.requests).toEqual(['GET /v2/a/b/tags/list?n=5']);
  });

  it('a registry without TLS is not asked', async () => {
    const one = await registry();
    await expect(new Registry({ timeoutMs: 2000 }).tags({ host: one.host, path: 'a/b' })).rejects.toThrow(/does not answer/);
    expect(one.requests).toEqual([]);
  });
});

it.each<[string, string | undefined]>([
  ['ghcr.io/openclaw/openclaw:2026.9.6', 'ghcr.io openclaw/openclaw'],
  ['ghcr.io/openclaw/openclaw@sha256:ab', 'ghcr.io openclaw/openclaw'],
  ['registry:5000/a/b:1', 'registry:5000 a/b'],
  ['localhost/a', 'localhost a'],
  ['[::1]:5000/a', '[::1]:5000 a'],
  ['nginx', 'docker.io library/nginx'],
  ['grafana/grafana:1', 'docker.io grafana/grafana'],
  ['docker.io/nginx', 'docker.io library/nginx'],
  ['ghcr.io/../x', undefined],
  ['ghcr.io/A', undefined],
  ['user@evil/x', undefined],
  ['http://x/y', undefined],
  ['', undefined],
])('T-M7 T-M8 the repository of %s is %s', (reference, expected) => {
  const found = repositoryOf(reference);
  expect(found && `${found.host} ${found.path}`).toBe(expected);
});

it('the API of Docker Hub stands elsewhere than its name', () => {
  expect(apiHostOf({ host: 'docker.io', path: 'a/b' })).toBe('registry-1.docker.io');
});

it.each<[string, object, object | undefined]>([
  ['by host', { 'ghcr.io': { auth: Buffer.from('a:b:c').toString('base64') } }, { user: 'a', password: 'b:c' }],
  ['by URL', { 'https://ghcr.io/v2/': { username: 'a', password: 'b' } }, { user: 'a', password: 'b' }],
  ['of another registry', { 'quay.io': { username: 'a', password: 'b' } }, undefined],
  ['of a host that begins alike', { 'ghcr.io.evil.example': { username: 'a', password: 'b' } }, undefined],
  ['broken', { 'ghcr.io': { auth: 'bm90aGluZw==' } }, undefined],
])('C36 credentials %s', (_what, auths, expected) => {
  expect(credentialsIn(JSON.stringify({ auths }), { host: 'ghcr.io', path: 'x' })).toEqual(expected);
});

it('credentials of a text that is no JSON are none', () => {
  expect(credentialsIn('{', { host: 'ghcr.io', path: 'x' })).toBeUndefined();
});

it.each([
  [
    'Bearer realm="https://a/t",service="s, t",scope="repository:a:pull,push"',
    { realm: 'https://a/t', service: 's, t', scope: 'repository:a:pull,push' },
  ],
  ['bearer  Realm=x', { realm: 'x' }],
  ['Basic', {}],
])('the challenge %s is read', (header, parameters) => {
  expect(challengeOf(header)?.parameters).toEqual(parameters);
});

it('a challenge without measure is not read', () => {
  expect(challengeOf(`Bearer ${'a="'.repeat(1000)}`)?.parameters).toEqual({ a: 'a=' });
  expect(challengeOf(`Bearer realm=x ${' '.repeat(1_000_000)}`)).toBeUndefined();
});
