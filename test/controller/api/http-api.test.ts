import type { ClusterCredentials } from '../../../controller/api/cluster-access';
import { AnswerTooLargeError, ApiError, ConnectionError, FencedError } from '../../../controller/api/errors';
import { applyContentType, type ApiRequest } from '../../../controller/api/port';
import { cut, json, silence, status, type Step } from './scripted-server';
import { outcome, server, subject, token, type Subject } from './subject';

const get: ApiRequest = { method: 'GET', path: '/api/v1/pods' };
const post: ApiRequest = { method: 'POST', path: '/api/v1/namespaces/a/configmaps', body: { data: { value: 'a-value' } } };
const apply: ApiRequest = { method: 'PATCH', path: '/api/v1/namespaces/a/configmaps/b', contentType: applyContentType, body: {} };
const mergePatch: ApiRequest = { ...apply, contentType: 'application/merge-patch+json' };
const remove: ApiRequest = { method: 'DELETE', path: '/api/v1/namespaces/a/configmaps/b', body: {} };
const fine = json(200, { fine: true });

const halfAnswer: Step = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 }).write('{"a":', () => response.socket?.destroy());
};

/** Takes the new credentials only. */
const takesNew: Step = (response, request) =>
  (request.headers.authorization === 'new' ? fine : status(401, 'Unauthorized'))(response, request);

async function failure(tested: Subject, request: ApiRequest, stepMs?: number): Promise<Error> {
  return outcome(tested, tested.api.request(request), stepMs).then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

describe('a request', () => {
  test('travels as it was given, under our name, and its answer comes back parsed with the warnings', async () => {
    const tested = subject();
    server.script(json(201, { kind: 'ConfigMap' }, { Warning: ['299 - "first, \\"quoted\\""', '299 - "second"'] }));
    const answer = await outcome(tested, tested.api.request({ ...apply, query: { fieldManager: 'a b', force: 'true' }, body: { ä: 1 } }));
    expect(answer).toEqual({ status: 201, body: { kind: 'ConfigMap' }, warnings: ['first, "quoted"', 'second'] });
    const [received] = server.received;
    expect(received).toMatchObject({
      method: 'PATCH',
      url: '/api/v1/namespaces/a/configmaps/b?fieldManager=a+b&force=true',
      body: '{"ä":1}',
    });
    expect(received?.headers).toMatchObject({
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'content-type': applyContentType,
      'content-length': '8',
      'user-agent': 'openclaw-cdk8s/1.2.3',
    });
  });

  test('keeps the path of a server behind a prefix', async () => {
    const { api } = subject({ access: { server: `${server.url}/k8s/clusters/c1/`, credentials: async () => ({ headers: {}, tls: {} }) } });
    server.script(fine);
    await api.request(get);
    expect(server.received[0]?.url).toBe('/k8s/clusters/c1/api/v1/pods');
  });

  test('names the version of the package when it is told no other name', async () => {
    const { api } = subject({ userAgent: undefined as never });
    server.script(fine);
    await api.request(get);
    expect(server.received[0]?.headers['user-agent']).toMatch(/^openclaw-cdk8s\/\d+\.\d+\.\d+/);
  });

  test('shares connections: one for a row, at most sixteen for a crowd', async () => {
    const { api } = subject();
    server.script((response) => setTimeout(() => fine(response, undefined as never), 3));
    for (let count = 0; count < 20; count += 1) await api.request(get);
    expect(server.connections).toBe(1);
    await Promise.all(Array.from({ length: 60 }, () => api.request(get)));
    expect(server.connections).toBe(16);
    expect(server.received).toHaveLength(80);
  });

  test('a text answer comes back as text', async () => {
    const { api } = subject();
    server.script((response) => response.writeHead(200, { 'Content-Type': 'text/plain' }).end('ok'));
    expect((await api.request({ method: 'GET', path: '/readyz' })).body).toBe('ok');
  });

  test('an answer beyond the limit is not read to its end', async () => {
    const { api } = subject({ maxAnswerBytes: 1000 });
    server.script(json(200, { text: 'x'.repeat(2000) }));
    await expect(api.request(get)).rejects.toThrow(AnswerTooLargeError);
  });

  test('is given up when its signal aborts, and not sent when that was before', async () => {
    const { api } = subject();
    const controller = new AbortController();
    server.script(() => controller.abort(new Error('no more')));
    const asked = api.request({ ...get, signal: controller.signal });
    await expect(asked).rejects.toThrow('no more');
    await expect(api.request({ ...get, signal: controller.signal })).rejects.toThrow('no more');
    expect(server.received).toHaveLength(1);
  });

  test('fails after close, without a second try', async () => {
    const { api } = subject();
    server.script(fine);
    api.close();
    await expect(api.request(get)).rejects.toMatchObject({ code: 'ECLOSED' });
    expect(server.received).toHaveLength(0);
  });

  test('plain HTTP is taken on loopback only', () => {
    const access = { server: 'http://10.0.0.1:8080', credentials: async () => ({ headers: {}, tls: {} }) };
    expect(() => subject({ access })).toThrow('use an https: address');
  });
});

describe('a server that asks to wait', () => {
  test.each([
    [429, { 'Retry-After': '7' }, 7000],
    [503, { 'Retry-After': '7' }, 7000],
    [429, {}, 1000],
    [429, { 'Retry-After': 'Thu, 01 Jan 2026 00:00:09 GMT' }, 9000],
  ])('%d %j is tried again, a POST too', async (code, headers, least) => {
    const tested = subject();
    server.script(status(code, 'Busy', headers), fine);
    expect((await outcome(tested, tested.api.request(post))).status).toBe(200);
    const [, wait = 0] = tested.clock.sleeps;
    expect(wait).toBeGreaterThan(least - 500);
    expect(wait).toBeLessThanOrEqual(least + 200);
    expect(server.received).toHaveLength(2);
  });

  test('a 503 without a time is tried again only where that is safe', async () => {
    const tested = subject();
    server.script(status(503, 'ServiceUnavailable'), fine);
    expect((await outcome(tested, tested.api.request(apply))).status).toBe(200);
    server.script(status(503, 'ServiceUnavailable'), fine);
    expect(await failure(tested, post)).toMatchObject({ status: 503 });
    expect(server.received).toHaveLength(1);
  });

  test('is asked five times, then the refusal goes to the caller', async () => {
    const tested = subject();
    server.script(status(429, 'TooManyRequests', { 'Retry-After': '1' }));
    expect(await failure(tested, post)).toMatchObject({ status: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 });
    expect(server.received).toHaveLength(5);
  });

  test('is not waited for beyond a minute: the caller is told how long it would be', async () => {
    const tested = subject();
    server.script(status(429, 'TooManyRequests', { 'Retry-After': '120' }));
    expect(await failure(tested, get)).toMatchObject({ retryAfterSeconds: 120 });
    expect(server.received).toHaveLength(1);
  });

  test.each([400, 403, 404, 409, 422, 500, 504])('%d is an answer, not a reason to try again', async (code) => {
    const tested = subject();
    server.script(status(code, 'Reason'));
    expect(await failure(tested, get)).toMatchObject({ name: 'ApiError', status: code, reason: 'Reason' });
    expect(server.received).toHaveLength(1);
  });
});

describe('a connection that breaks', () => {
  test.each([
    ['GET', get],
    ['apply', apply],
    ['a dry run', { ...post, query: { dryRun: 'All' } }],
  ])('%s is sent again', async (_title, request) => {
    const tested = subject();
    server.script(cut, cut, fine);
    expect((await outcome(tested, tested.api.request(request))).status).toBe(200);
    expect(server.received).toHaveLength(3);
  });

  test.each([
    ['create', post],
    ['merge patch', mergePatch],
    ['delete', remove],
  ])('%s is not: it may have taken effect', async (_title, request) => {
    const tested = subject();
    server.script(cut, fine);
    expect(await failure(tested, request)).toMatchObject({ name: 'ConnectionError', code: 'ECONNRESET' });
    expect(server.received).toHaveLength(1);
  });

  test('half an answer is none', async () => {
    const tested = subject();
    server.script(halfAnswer, fine);
    expect((await outcome(tested, tested.api.request(get))).body).toEqual({ fine: true });
  });

  test('a server that is silent for 30 seconds counts as gone', async () => {
    const tested = subject();
    server.script(silence);
    const begun = tested.clock.now().getTime();
    expect(await failure(tested, post, 1000)).toMatchObject({ name: 'ConnectionError', code: 'ETIMEDOUT' });
    expect(tested.clock.now().getTime() - begun).toBeGreaterThanOrEqual(30_000);
    expect(tested.clock.now().getTime() - begun).toBeLessThan(35_000);
  });

  test('nobody at home is said in node words', async () => {
    const access = { server: 'https://127.0.0.1:1', credentials: async () => ({ headers: {}, tls: {} }) };
    expect(await failure(subject({ access }), post)).toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringContaining('POST /api/v1/namespaces/a/configmaps: no answer from the API server: connect ECONNREFUSED'),
    });
  });
});

describe('credentials', () => {
  test('that are refused are renewed once, also for a write', async () => {
    const asked: (boolean | undefined)[] = [];
    const credentials = async (refused?: boolean): Promise<ClusterCredentials> => {
      asked.push(refused);
      return { headers: { Authorization: refused ? 'new' : 'old' }, tls: {} };
    };
    const tested = subject({ access: { server: server.url, credentials } });
    server.script(takesNew);
    expect((await outcome(tested, tested.api.request(post))).status).toBe(200);
    expect(asked).toEqual([false, true]);
    server.script(status(401, 'Unauthorized'));
    expect(await failure(tested, post)).toMatchObject({ status: 401 });
    expect(server.received).toHaveLength(2);
  });

  test('that change their certificate get new connections', async () => {
    let tls = {};
    const tested = subject({ access: { server: server.url, credentials: async () => ({ headers: {}, tls }) } });
    server.script(fine);
    await tested.api.request(get);
    await tested.api.request(get);
    expect(server.connections).toBe(1);
    tls = { cert: 'renewed' };
    await tested.api.request(get);
    expect(server.connections).toBe(2);
  });

  test('that take too long are not waited for', async () => {
    const tested = subject({ access: { server: server.url, credentials: () => new Promise(() => undefined) } });
    expect(await failure(tested, post, 1000)).toMatchObject({ code: 'ETIMEDOUT' });
  });
});

describe('the fence', () => {
  test.each([post, apply, mergePatch, remove])('closed, stops $method before it is sent', async (request) => {
    const { api } = subject({ fence: { mayWrite: () => false } });
    server.script(fine);
    await expect(api.request(request)).rejects.toThrow(FencedError);
    expect(server.received).toHaveLength(0);
  });

  test('closed, lets reads and dry runs pass', async () => {
    const { api } = subject({ fence: { mayWrite: () => false } });
    server.script(fine);
    await api.request(get);
    await api.request({ ...apply, query: { dryRun: 'All' } });
    await api.request({ ...remove, body: { dryRun: ['All'] } });
    expect(server.received).toHaveLength(3);
  });

  test('is not fooled by a deletion whose body hides the dry run of its query', async () => {
    const { api } = subject({ fence: { mayWrite: () => false } });
    server.script(fine);
    await expect(api.request({ ...remove, query: { dryRun: 'All' } })).rejects.toThrow(FencedError);
    expect(server.received).toHaveLength(0);
  });

  test('is asked again before every try', async () => {
    let mayWrite = true;
    const tested = subject({ fence: { mayWrite: () => mayWrite } });
    server.script((response, request) => {
      mayWrite = false;
      status(429, 'TooManyRequests')(response, request);
    }, fine);
    expect(await failure(tested, apply)).toBeInstanceOf(FencedError);
    expect(server.received).toHaveLength(1);
  });
});

describe('C40 the fence, once a request was let in, is asked again before its first byte', () => {
  test('after the credentials were waited for', async () => {
    let mayWrite = true;
    const credentials = async (): Promise<ClusterCredentials> => {
      mayWrite = false;
      return { headers: {}, tls: {} };
    };
    const tested = subject({ access: { server: server.url, credentials }, fence: { mayWrite: () => mayWrite } });
    server.script(fine);
    expect(await failure(tested, apply)).toBeInstanceOf(FencedError);
    expect(await failure(tested, post)).toBeInstanceOf(FencedError);
    expect(server.received).toHaveLength(0);
  });

  test('after a free connection was waited for', async () => {
    let mayWrite = true;
    const { api } = subject({ fence: { mayWrite: () => mayWrite } });
    const answers: (() => void)[] = [];
    server.script((response, request) => answers.push(() => fine(response, request)));
    // Sixteen requests hold every connection; the seventeenth stands in the queue.
    const held = Array.from({ length: 16 }, () => api.request(apply));
    const queued = api.request(post).catch((error: unknown) => error);
    while (answers.length < 16) await new Promise((resolve) => setTimeout(resolve, 2));
    mayWrite = false;
    answers.forEach((answer) => answer());
    expect(await queued).toBeInstanceOf(FencedError);
    // What had begun ended as it should.
    expect(await Promise.all(held)).toHaveLength(16);
    expect(server.received.map(({ method }) => method)).toEqual(Array(16).fill('PATCH'));
  });

  test('and what it stops takes no connection along: reads go on', async () => {
    let mayWrite = true;
    const { api } = subject({ fence: { mayWrite: () => mayWrite } });
    server.script(fine);
    await api.request(apply);
    mayWrite = false;
    await expect(api.request(apply)).rejects.toThrow(FencedError);
    expect(await api.request(get)).toMatchObject({ status: 200 });
  });
});

describe('what an error says', () => {
  const secretPath = '/api/v1/namespaces/a/secrets/b';
  const quoting = 'Secret in version "v1" cannot be handled: found hunter2';

  test('names the request and the server’s words, and never the token or the body', async () => {
    const tested = subject();
    server.script(status(422, 'Invalid'));
    const error = await failure(tested, post);
    expect(error.message).toBe('POST /api/v1/namespaces/a/configmaps: the API server answered 422 Invalid: server says Invalid');
    expect(JSON.stringify(Object.assign({}, error, { stack: error.stack }))).not.toMatch(/a-token|a-value/);
  });

  test('withholds what may quote a Secret, in the causes too', async () => {
    const tested = subject();
    server.script(
      json(422, {
        kind: 'Status',
        reason: 'Invalid',
        message: quoting,
        details: { causes: [{ field: 'data.x', reason: 'Bad', message: quoting }] },
      }),
    );
    const error = await failure(tested, { ...apply, path: secretPath });
    expect(error).toMatchObject({ details: { causes: [{ field: 'data.x', reason: 'Bad' }] } });
    expect(error.message).toContain('its message is withheld');
    expect(JSON.stringify(Object.assign({}, error, { message: error.message, stack: error.stack }))).not.toContain('hunter2');
  });

  test('keeps what is made of names alone: a conflict names the other manager', async () => {
    const tested = subject();
    server.script(status(409, 'Conflict', {}, 'conflict with "kubectl": .data.token'));
    expect((await failure(tested, { ...apply, path: secretPath })).message).toContain('conflict with "kubectl"');
  });

  test('an answer that is no Status is told by its number', async () => {
    const tested = subject();
    server.script((response) => response.writeHead(502, { 'Content-Type': 'text/html' }).end(`<html>${token}</html>`));
    const error = await failure(tested, get);
    expect(error).toBeInstanceOf(ApiError);
    expect(error.message).toBe('GET /api/v1/pods: the API server answered 502: no further word');
  });

  test('broken JSON is not quoted', async () => {
    const tested = subject();
    server.script((response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"hunter2'));
    const error = await failure(tested, post);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).not.toContain('hunter2');
  });
});
