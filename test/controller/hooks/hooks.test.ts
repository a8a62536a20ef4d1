import { createHmac } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { hooksOf, serveHooks } from '../../../app/cli/hook-options';
import { UsageError } from '../../../app/cli/options';
import { HookServer, PATH } from '../../../controller/hooks/hook-server';
import { tellPeers } from '../../../controller/hooks/peers';
import { createLog } from '../../../controller/objects/log';
import type { HookResult } from '../../../controller/objects/meter';
import { systemClock } from '../../../gitops/git/clock';
import { folderWith, removeFolders } from '../../app/program';
import { FakeClock } from '../api/fake-clock';

const SECRET = 'a-secret-of-a-forge-0123';
const OLD = 'an-older-secret-of-it-0123';
/** What GitHub says of a push, shortened; it is never read. */
const BODY = JSON.stringify({ ref: 'refs/heads/main', after: '6b1f0c2e9d', repository: { full_name: 'platform/assistants' } });

const hmac = (body: string, secret = SECRET): string => createHmac('sha256', secret).update(body).digest('hex');
const github = (body = BODY, secret = SECRET) => ({ 'x-hub-signature-256': `sha256=${hmac(body, secret)}`, 'x-github-event': 'push' });

const log = createLog(
  () => undefined,
  () => new Date(0),
);

const servers: HookServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(removeFolders);

interface Served {
  readonly url: string;
  readonly port: number;
  readonly looks: boolean[];
  readonly results: HookResult[];
}

async function serve(onHook?: (isRelayed: boolean) => Promise<boolean>, secrets = [SECRET, OLD], clock = new FakeClock()): Promise<Served> {
  const [looks, results]: [boolean[], HookResult[]] = [[], []];
  const count = async (isRelayed: boolean): Promise<boolean> => {
    looks.push(isRelayed);
    return onHook ? onHook(isRelayed) : true;
  };
  const meter = { hooked: (result: HookResult) => void results.push(result) };
  const server = await HookServer.listen(0, { secrets: () => secrets, onHook: count, clock, log, meter }, '127.0.0.1');
  servers.push(server);
  return { url: `http://127.0.0.1:${server.port}${PATH}`, port: server.port, looks, results };
}

async function deliver(url: string, headers: Record<string, string>, body: string | undefined = BODY, method = 'POST'): Promise<number> {
  const response = await fetch(url, { method, headers, ...(method === 'POST' && { body }) });
  expect(await response.text()).toBe('');
  return response.status;
}

const file = (content: string): string => `${folderWith({ secret: content })}/secret`;
const message = (values: Record<string, string>, hasRepository = true): string => {
  try {
    return hooksOf(values, hasRepository) === undefined ? 'off' : 'on';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
};

describe('a delivery', () => {
  it.each<[string, Record<string, string>]>([
    ['GitHub', github()],
    ['Gitea', { 'x-gitea-event': 'push', 'x-gitea-signature': hmac(BODY) }],
    ['Forgejo', { 'x-forgejo-event': 'push', 'x-forgejo-signature': hmac(BODY) }],
    ['GitLab', { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': SECRET }],
    ['an Alert of Flux', { 'gotk-component': 'source-controller', 'x-signature': `sha256=${hmac(BODY)}` }],
    ['the notifications of Argo CD', { authorization: `Bearer ${SECRET}` }],
    ['whoever has the secret of before', github(BODY, OLD)],
  ])('of %s has the branch looked at', async (_who, headers) => {
    const { url, looks, results } = await serve();
    expect(await deliver(url, headers)).toBe(202);
    expect([looks, results]).toEqual([[false], ['accepted']]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['shows nothing', {}, BODY],
    ['is signed with another secret', github(BODY, 'another-secret-0123456789'), BODY],
    ['was changed on its way', github(), `${BODY} `],
    ['is signed with nothing', { 'x-hub-signature-256': 'sha256=' }, BODY],
    ['has the signature of SHA-1 alone', { 'x-hub-signature': `sha1=${hmac(BODY)}` }, BODY],
    ['has a wrong token', { 'x-gitlab-token': `${SECRET}x` }, BODY],
    ['has the secret where a signature belongs', { 'x-hub-signature-256': SECRET }, BODY],
    ['has a wrong signature beside the right token', { 'x-hub-signature-256': 'sha256=00', 'x-gitlab-token': SECRET }, BODY],
  ])('that %s is refused, and nothing follows', async (_what, headers, body) => {
    const { url, looks, results } = await serve();
    expect(await deliver(url, headers, body)).toBe(401);
    expect([looks, results]).toEqual([[], ['forged']]);
  });

  it('is refused while there is no secret', async () => {
    const { url } = await serve(undefined, []);
    expect(await deliver(url, { 'x-gitlab-token': '' })).toBe(401);
    expect(await deliver(url, github(BODY, ''))).toBe(401);
  });

  it('is never parsed: what a sender signs may be anything, and may come twice', async () => {
    const { url, looks } = await serve();
    const garbage = '{"a":'.repeat(10_000);
    for (let times = 0; times < 2; times += 1) expect(await deliver(url, github(garbage), garbage)).toBe(202);
    expect(looks).toHaveLength(2);
  });

  it('larger than any forge sends is cut off, whatever it says of its length', async () => {
    const { url, looks } = await serve();
    const body = 'x'.repeat(25 * 1024 * 1024 + 1);
    const told = await deliver(url, github(), body).catch(() => 413);
    const stream = new Blob([body]).stream();
    const untold = await fetch(url, { method: 'POST', headers: github(), body: stream, duplex: 'half' }).then(
      ({ status }) => status,
      () => 413,
    );
    expect([told, untold, looks]).toEqual([413, 413, []]);
  });

  it('that breaks off proves nothing, and is no error in the log', async () => {
    const lines: string[] = [];
    const results: HookResult[] = [];
    const judging = new EventEmitter();
    const judged = once(judging, 'judged');
    const server = await HookServer.listen(
      0,
      {
        secrets: () => [SECRET],
        onHook: async () => true,
        clock: new FakeClock(),
        log: createLog(
          (line) => void lines.push(line),
          () => new Date(0),
        ),
        meter: { hooked: (result) => (results.push(result), judging.emit('judged')) },
      },
      '127.0.0.1',
    );
    servers.push(server);
    const socket = connect(server.port, '127.0.0.1');
    const head = `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nx-signature: ${hmac('{')}\r\n\r\n{`;
    socket.write(head, () => socket.destroy());
    await judged;
    expect([results, lines]).toEqual([['forged'], []]);
  });

  it('among many is answered with 429, until time has passed', async () => {
    const clock = new FakeClock();
    const { url, results } = await serve(undefined, [SECRET], clock);
    for (let times = 0; times < 30; times += 1) await deliver(url, github());
    expect(new Set(results)).toEqual(new Set(['accepted']));
    expect([await deliver(url, github()), results.at(-1)]).toEqual([429, 'limited']);
    await clock.advance(1000);
    expect(await deliver(url, github())).toBe(202);
  });

  it('is heard whatever strangers send, and however many connections they hold open', async () => {
    const { url, port, results } = await serve();
    for (let times = 0; times < 40; times += 1) await deliver(url, times % 2 === 0 ? { 'x-gitlab-token': 'guess' } : github(BODY, 'guess'));
    expect(new Set(results)).toEqual(new Set(['forged']));
    const head = `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nx-signature: ${hmac('{')}\r\n\r\n{`;
    const held = Array.from({ length: 100 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    await Promise.all(held.map(async (socket) => (await once(socket, 'connect'), socket.write(head))));
    expect(await deliver(url, github())).toBe(202);
    for (const socket of held) socket.destroy();
  });

  it('has one path and one method', async () => {
    const { url, looks } = await serve();
    expect(await deliver(url, {}, undefined, 'GET')).toBe(405);
    expect(await deliver(url.replace(PATH, '/metrics'), github())).toBe(404);
    expect(looks).toEqual([]);
  });
});

const secrets = (): string[] => [SECRET];

const resolve = async (): Promise<string[]> => ['127.0.0.1', '127.0.0.2'];

describe('several replicas', () => {
  it('tell each other once, and one that works looks', async () => {
    const working = await serve(async () => true);
    const resting = await serve(async (isRelayed) => !isRelayed && tellPeers({ name: 'peers', port: working.port, secrets, resolve }));
    expect(await deliver(resting.url, github())).toBe(202);
    expect([resting.looks, working.looks]).toEqual([[false], [true]]);
  });

  it('say so where none of them works', async () => {
    const other = await serve(async () => false);
    const resting = await serve(async (isRelayed) => !isRelayed && tellPeers({ name: 'peers', port: other.port, secrets, resolve }));
    expect(await deliver(resting.url, github())).toBe(503);
    expect(await tellPeers({ name: 'no.such.name.invalid', port: 1, secrets })).toBe(false);
  });
});

describe('the flags of deliveries', () => {
  it.each<[string, Record<string, string>, string]>([
    ['nothing', {}, 'off'],
    ['a port and a secret', { 'hook-port': '8082', 'hook-secret-file': file(`${SECRET}\n${OLD}\n`) }, 'on'],
    [
      'a port alone',
      { 'hook-port': '8082' },
      '--hook-port needs --hook-secret-file: whoever knows the secret may have the branch looked at',
    ],
    ['a secret alone', { 'hook-secret-file': file(SECRET) }, '--hook-secret-file and --hook-peers need --hook-port'],
    ['no port', { 'hook-port': 'x' }, '--hook-port is "x": use a whole number from 0 to 65535'],
    [
      'a short secret',
      { 'hook-port': '8082', 'hook-secret-file': file('short') },
      '--hook-secret-file: the secret is too short: use 16 characters or more',
    ],
  ])('may be %s or not', (_what, values, expected) => {
    expect(message(values)).toBe(expected);
  });

  it('need something to look at', () => {
    expect(message({ 'hook-port': '8082', 'hook-secret-file': file(SECRET) }, false)).toContain('nothing to look at');
  });

  it('serve what the process does', async () => {
    const settings = hooksOf({ 'hook-port': '8082', 'hook-secret-file': file(SECRET) }, true)!;
    let looks = 0;
    const hurry = (): boolean => (looks += 1) > 0;
    const server = await serveHooks({ ...settings, port: 0 }, { hurry, log, meter: { hooked: () => undefined } });
    servers.push(server);
    expect(await deliver(`http://127.0.0.1:${server.port}${PATH}`, github())).toBe(202);
    expect(looks).toBe(1);
    expect(systemClock.monotonic()).toBeGreaterThan(0);
  });
});
