import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { builtPackage } from '../app/built-package';
import { describeWith, testCluster } from './parts';

interface Found {
  readonly server?: string;
  readonly namespace?: string;
  readonly first?: { readonly username?: string; readonly groups?: readonly string[]; readonly error?: string };
  readonly second?: { readonly username?: string; readonly error?: string };
  readonly tls?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

/** The library behind it is an ES module, which jest cannot load: the compiled package is asked, in a process of its own. */
describeWith(['server'], 'finding the cluster', () => {
  const folder = mkdtempSync(join(tmpdir(), 'find-cluster-'));
  let program: ChildProcessByStdio<Writable, Readable, null>;
  let answers: AsyncIterator<string>;

  beforeAll(() => {
    const lib = join(builtPackage(), 'lib');
    const env = { PATH: process.env['PATH'], HOME: folder };
    program = spawn(process.execPath, [join(__dirname, 'whoami.cjs'), lib], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  });

  afterAll(() => {
    program.stdin.end();
    rmSync(folder, { recursive: true });
  });

  async function find(options: object, env: Readonly<Record<string, string>> = {}): Promise<Found> {
    program.stdin.write(`${JSON.stringify({ ...options, env })}\n`);
    const { value } = await answers.next();
    const found: Found = JSON.parse(value);
    return found;
  }

  const write = (name: string, text: string, mode = 0o600): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode });
    return file;
  };

  function kubeconfig(name: string, user: object, cluster: object = {}, context: object = {}): string {
    const { url, caFile } = testCluster();
    return write(
      name,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: url, 'certificate-authority': caFile, ...cluster } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
        'current-context': 'x',
      }),
    );
  }

  test('by KUBECONFIG, with the namespace of the context', async () => {
    const { url, token } = testCluster();
    const found = await find({}, { KUBECONFIG: kubeconfig('token', { token }, {}, { namespace: 'home' }) });
    expect(found).toMatchObject({ server: url, namespace: 'home', first: { username: 'admin' } });
  });

  test('by an option, which wins over KUBECONFIG', async () => {
    const found = await find({ kubeconfig: testCluster().kubeconfig }, { KUBECONFIG: '/nowhere' });
    expect(found.first).toMatchObject({ username: 'admin' });
  });

  test('of several files the first word counts, and missing ones are passed over', async () => {
    const { token } = testCluster();
    const paths = [join(folder, 'missing'), kubeconfig('good', { token }), kubeconfig('bad', { token: 'bad' })];
    expect((await find({}, { KUBECONFIG: paths.join(delimiter) })).first).toMatchObject({ username: 'admin' });
  });

  test('a token file lies beside the kubeconfig, may end with a line feed, and is read again when the server refuses it', async () => {
    const file = write('token.txt', 'not-yet-a-token\n');
    const found = await find({
      kubeconfig: kubeconfig('token-file', { tokenFile: 'token.txt' }),
      rewrite: { file, text: `${testCluster().token}\n` },
    });
    expect(found.first?.error).toContain('401');
    expect(found.second).toMatchObject({ username: 'admin' });
  });

  test('a plugin lies beside the kubeconfig, is told its version, and is asked again when the server refuses what it gave', async () => {
    const answer = write('answer.json', credential('not-yet-a-token'));
    // It answers only if it is told what the specification of exec plugins promises.
    write(
      'plugin.sh',
      `#!/bin/sh\ncase "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1*) cat "${answer}";; *) exit 7;; esac\n`,
      0o700,
    );
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin.sh', args: [], interactiveMode: 'Never' };
    const found = await find({
      kubeconfig: kubeconfig('exec', { exec }),
      rewrite: { file: answer, text: credential(testCluster().token) },
    });
    expect(found.first?.error).toContain('401');
    expect(found.second).toMatchObject({ username: 'admin' });
  });

  test.each([
    ['prints what is no JSON', 'echo hunter2', 'did not print JSON'],
    ['fails', 'echo "log in first" >&2; exit 1', 'log in first'],
  ])('a plugin that %s is told, and what it printed is not', async (_title, script, words) => {
    write('broken.sh', `#!/bin/sh\n${script}\n`, 0o700);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: join(folder, 'broken.sh'), args: [], interactiveMode: 'Never' };
    const error = (await find({ kubeconfig: kubeconfig('broken', { exec }) })).first?.error;
    expect(error).toContain('CredentialsError: no credentials for the API server: ');
    expect(error).toContain(words);
    expect(error).not.toContain('hunter2');
  });

  test('a user may act as another one, and as groups', async () => {
    const user = { token: testCluster().token, as: 'somebody', 'as-groups': ['one', 'two'] };
    expect((await find({ kubeconfig: kubeconfig('as', user) })).first).toMatchObject({
      username: 'somebody',
      groups: ['one', 'two', 'system:authenticated'],
    });
  });

  test('client certificates and their files arrive as PEM', async () => {
    write('client.crt', '-----BEGIN CERTIFICATE-----\n');
    const key = Buffer.from('-----BEGIN KEY-----\n').toString('base64');
    const found = await find({ kubeconfig: kubeconfig('certificate', { 'client-certificate': 'client.crt', 'client-key-data': key }) });
    expect(found.tls).toMatchObject({ cert: '-----BEGIN CERTIFICATE-----\n', key: '-----BEGIN KEY-----\n' });
    expect(found.tls?.['ca']).toBe(readFileSync(testCluster().caFile, 'utf8'));
  });

  test('a certificate of a stranger is refused, unless that is waived', async () => {
    const { token } = testCluster();
    expect((await find({ kubeconfig: kubeconfig('stranger', { token }, { 'certificate-authority': undefined }) })).first?.error).toContain(
      'certificate',
    );
    const waived = { 'certificate-authority': undefined, 'insecure-skip-tls-verify': true };
    expect((await find({ kubeconfig: kubeconfig('waived', { token }, waived) })).first).toMatchObject({ username: 'admin' });
  });

  test('by the service account of the pod', async () => {
    const { url, token, caFile } = testCluster();
    const account = join(folder, 'pod/var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(account, { recursive: true });
    writeFileSync(join(account, 'token'), token);
    writeFileSync(join(account, 'ca.crt'), readFileSync(caFile));
    writeFileSync(join(account, 'namespace'), 'operators');
    const { hostname, port } = new URL(url);
    const found = await find({ podRoot: join(folder, 'pod') }, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
    expect(found).toMatchObject({ server: url, namespace: 'operators', first: { username: 'admin' } });
  });

  test('by the kubeconfig at home', async () => {
    mkdirSync(join(folder, '.kube'));
    writeFileSync(join(folder, '.kube/config'), readFileSync(kubeconfig('home', { token: testCluster().token })));
    const found = await find({});
    rmSync(join(folder, '.kube'), { recursive: true });
    expect(found.first).toMatchObject({ username: 'admin' });
  });

  test('none is said, with what to do', async () => {
    expect((await find({})).error).toBe(
      'no cluster found: set KUBECONFIG, name a file by --kubeconfig, or run in a pod with a service account token',
    );
    expect((await find({ kubeconfig: '/nowhere' })).error).toBe(
      'kubeconfig /nowhere: there is no such file; name one that is, by --kubeconfig or KUBECONFIG',
    );
  });

  test('impersonation that we would lose is refused', async () => {
    const user = { token: 't', as: 'somebody', 'as-uid': '1' };
    expect((await find({ kubeconfig: kubeconfig('as-uid', user) })).error).toContain('user u has as-uid, which is not supported');
  });

  test.each([
    ['a proxy', { 'proxy-url': 'http://proxy:3128' }, {}, 'has a proxy-url, which is not supported'],
    ['plain HTTP', { server: 'http://10.0.0.1' }, {}, 'use an https: address'],
    ['a context that names nobody', {}, { user: 'nobody' }, 'does not name a cluster and a user that are there'],
  ])('%s is refused', async (_title, cluster, context, words) => {
    expect((await find({ kubeconfig: kubeconfig('refused', { token: 't' }, cluster, context) })).error).toContain(words);
  });
});

const credential = (token: string): string =>
  JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } });
