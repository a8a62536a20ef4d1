import { type IncomingMessage, type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OutsideError } from '../../../gitops/registry/outside';
import { repositoryOf } from '../../../gitops/registry/repository';
import { RegistrySession } from '../../../gitops/registry/session';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const credentials = () => ({ user: 'alice', password: 's3cret' });

function session(host: string, others: readonly string[] = []): RegistrySession {
  const plainHosts = new Set([host, ...others]);
  return new RegistrySession({ repository: { host, path: 'a/b' }, credentials, plainHosts, timeoutMs: 5000 });
}

describe.each([
  ['Bearer', (host: string) => `Bearer realm="http://${host}/token"`],
  ['Basic', () => 'Basic realm="x"'],
])('a place that is not the registry and asks for %s', (_scheme, challenge) => {
  const seen: IncomingMessage[] = [];
  let other: string;
  beforeEach(async () => {
    seen.length = 0;
    other = await listen((request, response) => {
      seen.push(request);
      response.writeHead(401, { 'www-authenticate': challenge(request.headers.host ?? '') }).end('{"token":"x"}');
    });
  });
  /** Requests of it, and whether any of them said who asks. */
  const told = (): unknown => seen.map(({ url, headers }) => [url, headers.authorization]);

  it('gets no credentials when the registry sends on to it', async () => {
    const host = await listen((_request, response) => void response.writeHead(307, { location: `http://${other}/blob` }).end());
    const registry = session(host, [other]);
    expect((await registry.ask(registry.urlOf('blobs/x'))).status).toBe(401);
    expect(told()).toEqual([['/blob', undefined]]);
  });

  it('gets none for an upload that the registry names it for', async () => {
    const registry = session('registry.example.com', [other]);
    const url = registry.trusted(`http://${other}/upload`, new URL(`http://${other}/`));
    expect((await registry.ask(url, { method: 'PUT', body: new Uint8Array(4) })).status).toBe(401);
    expect(told()).toEqual([['/upload', undefined]]);
  });
});

it.each([429, 503])('tokens that cannot be had for the moment (%d) are no refusal of the credentials', async (status) => {
  const host = await listen((request, response) => {
    const isToken = request.url?.startsWith('/token') ?? false;
    response.writeHead(isToken ? status : 401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end();
  });
  const registry = session(host);
  await expect(registry.ask(registry.urlOf('manifests/x'))).rejects.toThrow(
    new OutsideError(`gives no token now (${host} answers ${status})`),
  );
});

it('a registry that refuses every token is asked twice and no more', async () => {
  const asked: string[] = [];
  const host = await listen((request, response) => {
    const isToken = request.url?.startsWith('/token') ?? false;
    asked.push(isToken ? 'token' : 'manifest');
    const header = { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` };
    response.writeHead(isToken ? 200 : 401, header).end(`{"token":"${asked.length}"}`);
  });
  const registry = session(host);
  expect((await registry.ask(registry.urlOf('manifests/x'))).status).toBe(401);
  expect(asked).toEqual(['manifest', 'token', 'manifest']);
});

it.each(['a.example.com:99999/b', '[::::::::::1]/b', '999.1.1.1/b'])('%s names no registry that could be asked', (reference) => {
  expect(repositoryOf(reference)).toBeUndefined();
});
