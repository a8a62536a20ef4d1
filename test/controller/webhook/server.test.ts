import { request as ask } from 'node:https';
import { connect } from 'node:tls';
import { TenantBudget } from '../../../controller/objects/time-budget';
import { createLog } from '../../../controller/objects/log';
import { makeCertificate } from '../../../controller/webhook/certificate';
import type { AdmissionRequest, Verdict } from '../../../controller/webhook/review';
import { WebhookServer } from '../../../controller/webhook/server';

const certificate = makeCertificate(['localhost'], new Date());
const PATH = '/validate/0123';
const lines: string[] = [];
const counted: string[] = [];
/** What the controller knows of the path. */
let known: string | undefined = PATH;
const judged: AdmissionRequest[] = [];
let verdict: Verdict | undefined = { isAllowed: true, warnings: [], causes: [] };
const allow = async (request: AdmissionRequest): Promise<Verdict> => {
  judged.push(request);
  if (verdict === undefined) throw new Error('no facts');
  return verdict;
};
const budget = new TenantBudget(() => 0);
const server = new WebhookServer({
  budget,
  path: () => known,
  meter: { reviewed: (result) => counted.push(result) },
  judge: allow,
  log: createLog(
    (line) => lines.push(line),
    () => new Date(),
  ),
});

beforeAll(async () => server.show(certificate, 0, '127.0.0.1'));
afterAll(async () => server.close());

/** @returns the status, or how the connection ended */
async function post(body: string | Buffer, headers: Readonly<Record<string, string>> = {}, path = PATH): Promise<number | string> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port: server.port, path, method: 'POST', rejectUnauthorized: false, agent: false, headers };
    const asked = ask(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    asked.end(body);
  });
}

/** Sends bytes as they are. @returns the first line of the answer; empty where there is none */
async function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port: server.port ?? 0, rejectUnauthorized: false }, () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(chunks.map(String).join('').split('\r\n')[0] ?? ''));
  });
}

const REVIEW = {
  kind: 'AdmissionReview',
  request: { uid: 'u', kind: { kind: 'OpenClawInstance' }, operation: 'CREATE', object: { metadata: { name: 'a' } } },
};

it('counts its answers', async () => {
  counted.length = 0;
  await post(JSON.stringify(REVIEW));
  verdict = { isAllowed: false, warnings: [], causes: [] };
  await post(JSON.stringify(REVIEW));
  verdict = { isAllowed: true, isUnjudged: true, warnings: [], causes: [] };
  await post(JSON.stringify(REVIEW));
  verdict = undefined;
  expect(await post(JSON.stringify(REVIEW))).toBe(500);
  verdict = { isAllowed: true, warnings: [], causes: [] };
  expect(counted).toEqual(['allowed', 'refused', 'unjudged', 'error']);
});

/** As an API server writes it. */
const reviewOf = (namespace: string, name = 'a', rest = '{"metadata":{}}'): string =>
  `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"openclaw.rocks","version":"v1alpha1","kind":"OpenClawInstance"},"resource":{"group":"openclaw.rocks"},"name":${JSON.stringify(name)},"namespace":"${namespace}","operation":"CREATE","userInfo":{},"object":${rest}}}`;

describe('T-T2 a tenant that is spent', () => {
  it('is told so from the first bytes, and nothing is parsed; others are read', async () => {
    budget.charge('team-spent', 2001);
    judged.length = 0;
    counted.length = 0;
    // Whatever comes after is not looked at.
    expect(await post(reviewOf('team-spent', 'a', '{"no JSON'))).toBe(200);
    expect([judged, counted]).toEqual([[], ['unjudged']]);
    expect(await post(reviewOf('team-b', '","namespace":"team-spent","operation":"'))).toBe(200);
    expect(judged).toMatchObject([{ namespace: 'team-b' }]);
  });

  it('pays for the reading as well', async () => {
    const charge = jest.spyOn(budget, 'charge');
    await post(reviewOf('team-c'));
    await post(reviewOf('team-d', 'a', '{"no JSON'));
    expect(charge.mock.calls.map(([tenant]) => tenant)).toEqual(['team-c', 'team-d']);
    charge.mockRestore();
  });
});

describe('a pod that is not the API server', () => {
  it.each(['/validate', '/validate/', '/validate/0124', '/', `${PATH}0`])(
    'is told nothing at %s, and nobody looks at what it sends',
    async (path) => {
      judged.length = 0;
      expect(await post(JSON.stringify(REVIEW), {}, path)).toBe(404);
      expect(judged).toEqual([]);
    },
  );

  it('is told nothing anywhere while nobody knows the path', async () => {
    known = undefined;
    for (const path of [PATH, '/undefined', '/']) expect(await post(JSON.stringify(REVIEW), {}, path)).toBe(404);
    known = PATH;
    expect(await post(JSON.stringify(REVIEW))).toBe(200);
  });
});

describe('T-T3 whoever reaches the port of the webhook', () => {
  it.each(['//', '/\\', 'http://[', '///validate', '*'])('ends nothing by asking for %j', async (target) => {
    expect(await raw(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 40[04] /,
    );
    expect(await post(JSON.stringify(REVIEW))).toBe(200);
  });

  it.each<[string, string | Buffer, number]>([
    ['no JSON', '{', 400],
    ['nothing', '', 400],
    ['a list', '[]', 400],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]), 400],
    ['a million brackets', '['.repeat(1_000_000), 400],
    ['an object without metadata', JSON.stringify({ ...REVIEW, request: { ...REVIEW.request, object: {} } }), 400],
  ])('with %s is told so', async (_what, body, status) => {
    expect(await post(body)).toBe(status);
  });

  it('with more than there can be is told so, and its connection ends', async () => {
    expect([413, 'ECONNRESET', 'EPIPE']).toContain(await post(Buffer.alloc(9 * 1024 * 1024, 0x20)));
    expect(await post(JSON.stringify(REVIEW))).toBe(200);
  });

  it('is answered with a content type of its own and a path with a question', async () => {
    expect(await post(JSON.stringify(REVIEW), { 'content-type': 'text/plain' })).toBe(200);
    expect(await raw(`POST ${PATH}?timeout=5s HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`)).toMatch(/ 400 /);
  });
});
