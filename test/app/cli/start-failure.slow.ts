import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, ConnectionError } from '../../../controller/api/errors';
import { finding, listening, starting } from '../../../app/cli/start-failure';
import { readHashKey } from '../../../controller/observe/secret-facts';
import { GitError } from '../../../gitops/git/errors';
import { folderWith, removeFolders, runProgram } from '../program';

afterAll(removeFolders);

const fails = (cause: unknown) => () => Promise.reject(cause);

describe('a controller that cannot start', () => {
  it.each([
    ['no kubeconfig', '/nowhere/kubeconfig', /^error: kubeconfig \/nowhere\/kubeconfig: there is no such file/],
    ['an empty one', '', /^error: kubeconfig .*: it is no kubeconfig\n$/],
  ])('T92 says so without a stack, and ends with 3: %s', (_what, path, text) => {
    const kubeconfig = path || `${folderWith({ kubeconfig: '' })}/kubeconfig`;
    const { code, stderr } = runProgram(['controller', '--health-port', '0', '--kubeconfig', kubeconfig]);
    expect(code).toBe(3);
    expect(stderr).toMatch(text);
    expect(stderr).not.toContain('    at ');
  });

  it('names the flag for a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, () => done()));
    const { port } = server.address() as AddressInfo;
    const taken = listening(port, 'health', async () => {
      const second = createServer();
      await new Promise<void>((done, failed) => second.once('error', failed).listen(port, () => done()));
    });
    await expect(taken).rejects.toMatchObject({
      name: 'RunFailure',
      message: `port ${port} for /healthz and /readyz cannot be opened (EADDRINUSE): name another one by --health-port, or 0 for none`,
    });
    server.close();
  });

  it('tells what the cluster and the repository refuse, with a remedy', async () => {
    const unauthorized = new ApiError('GET /x: the API server answered 401', 401, 'Unauthorized');
    await expect(starting(fails(unauthorized))).rejects.toMatchObject({
      name: 'RunFailure',
      message: 'the controller cannot start: GET /x: the API server answered 401: renew the credentials of the kubeconfig',
    });
    await expect(starting(fails(new ConnectionError('GET /x: no answer', 'ECONNREFUSED')))).rejects.toMatchObject({
      name: 'RunFailure',
      message: 'the cluster cannot be reached: GET /x: no answer',
    });
    await expect(starting(fails(new GitError('GIT-SETTINGS', 'file:// has to be allowed')))).rejects.toMatchObject({ name: 'RunFailure' });
  });

  it('says how to make its own namespace', async () => {
    const notFound = new ApiError('POST: the API server answered 404 NotFound', 404, 'NotFound', { name: 'openclaw-system' });
    const api = { request: fails(notFound), watch: fails(notFound) } as unknown as Parameters<typeof readHashKey>[0];
    await expect(starting(() => readHashKey(api, 'openclaw-system'))).rejects.toMatchObject({
      name: 'RunFailure',
      message:
        'the controller\'s own namespace "openclaw-system" was not found: kubectl create namespace openclaw-system, or name another one by --namespace',
    });
  });

  it('throws mistakes of ours on as they are', async () => {
    const mistake = new TypeError('x is not a function');
    await expect(starting(fails(mistake))).rejects.toBe(mistake);
    await expect(listening(1, 'health', fails(mistake))).rejects.toBe(mistake);
    await expect(finding(fails('text'))).rejects.toBe('text');
  });
});
