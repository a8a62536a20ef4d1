import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render, resolve, type WrittenInstance } from '../../constructs';
import { selfConfigAdmission } from '../../controller/process/self-config-policy';
import { ok, waitUntil, type KubeObject } from './api';
import { instance } from './controller/instances';
import { installCrds } from './install-crds';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';

const PROGRAM = join(__dirname, '../../constructs/features/self-configure/selfconfig.mjs');
const API = 'openclaw.rocks/v1alpha1';

interface Said {
  readonly status: number | null;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read deep into answers; a wrong path fails the test
  readonly json: any;
  readonly stderr: string;
}

describeWith(['server', 'controllers'], 'an agent that asks for changes of itself', () => {
  const api = testApi();
  let namespace = '';
  let folder = '';

  beforeAll(async () => {
    await installCrds(api);
    for (const object of selfConfigAdmission() as KubeObject[]) ok(await api.apply(object, { force: true }));
    folder = mkdtempSync(join(tmpdir(), 'openclaw-selfconfig-'));
    namespace = await createNamespace(api);
    for (const name of ['keys', 'others']) {
      ok(await api.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { A: name } } as KubeObject));
    }
    for (const name of ['alice', 'bob', 'carol', 'dora']) await make(name, 'carol dora'.includes(name) ? 'shared' : undefined);
    // A policy counts for a server when its watch has seen it.
    await waitUntil('the admission policy', statusOfForeignRequest, (status) => status === 1);
  }, 120_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });

  /** An instance with all that its agent may do, and a token of its account. */
  async function make(name: string, account?: string): Promise<void> {
    const written = instance(namespace, name, {
      envFrom: [{ secretRef: { name: 'keys' } }],
      selfConfigure: { enabled: true, allowedActions: ['skills'] },
      ...(account !== undefined && { security: { rbac: { createServiceAccount: false, serviceAccountName: account } } }),
    });
    ok(await api.apply(written));
    const resolution = resolve(written as unknown as WrittenInstance);
    if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
    const wanted = render(resolution.instance).filter(({ kind }) => ['ServiceAccount', 'Role', 'RoleBinding', 'ConfigMap'].includes(kind));
    for (const manifest of wanted) ok(await api.apply(manifest as KubeObject, { force: true }));
    if (account !== undefined) ok(await api.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } }));
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account ?? name}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    writeFileSync(join(folder, `${name}.token`), ok(await api.request('POST', path, { body }))['status'].token);
  }

  /** Runs the helper as the agent of `who`, with the name of `instanceName` in its environment. */
  async function ask(who: string, instanceName: string, args: readonly string[], input = ''): Promise<Said> {
    const account = mkdtempSync(join(folder, 'account-'));
    writeFileSync(join(account, 'token'), readFileSync(join(folder, `${who}.token`)));
    writeFileSync(join(account, 'ca.crt'), readFileSync(testCluster().caFile));
    const { hostname, port } = new URL(testCluster().url);
    const env = {
      OPENCLAW_INSTANCE_NAME: instanceName,
      OPENCLAW_NAMESPACE: namespace,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      SELFCONFIG_ACCOUNT: account,
      HTTPS_PROXY: 'http://127.0.0.1:9',
    };
    const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(input);
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()));
    const status = await new Promise<number | null>((resolved) => child.on('close', resolved));
    const text = out.join('');
    return { status, json: text === '' ? undefined : JSON.parse(text), stderr: err.join('') };
  }

  /** Of a request that one agent makes for another. */
  async function statusOfForeignRequest(): Promise<number | null> {
    return (await ask('bob', 'alice', ['remove-env', 'A'])).status;
  }

  const asAlice = async (...args: string[]): Promise<Said> => ask('alice', 'alice', args);

  test('reads its own instance, configuration and Secrets, and nothing of others', async () => {
    expect((await asAlice('get-instance')).json.metadata.name).toBe('alice');
    expect((await asAlice('get-config')).json.gateway.mode).toBe('local');
    expect((await asAlice('get-secret', 'keys')).json.data.A).toBe(Buffer.from('keys').toString('base64'));
    for (const [who, name, args] of [
      ['alice', 'bob', ['get-instance']],
      ['alice', 'bob', ['get-config']],
      ['alice', 'alice', ['get-secret', 'others']],
      ['alice', 'alice', ['get-secret', 'bob-gateway-token']],
    ] as const) {
      const { status, stderr } = await ask(who, name, args);
      expect({ args, status }).toEqual({ args, status: 1 });
      expect(stderr).toMatch(/^selfconfig: GET \S+: 403 [^\n]*\n$/);
    }
  });

  test.each<[string[], string, object]>([
    [['add-skill', '@a/b', 'npm:c'], '', { addSkills: ['@a/b', 'npm:c'] }],
    [['remove-skill', '@a/b'], '', { removeSkills: ['@a/b'] }],
    [
      ['config-patch', '{"agents":{"defaults":{"model":"\u2028 x"}}}'],
      '',
      { configPatch: { agents: { defaults: { model: '\u2028 x' } } } },
    ],
    [['add-env', 'MINE', 'a "b" $(c) \\n'], '', { addEnvVars: [{ name: 'MINE', value: 'a "b" $(c) \\n' }] }],
    [['remove-env', 'MINE', 'B'], '', { removeEnvVars: ['MINE', 'B'] }],
    [['add-file', 'notes/a.md', 'line\n"q" \'s\''], '', { addWorkspaceFiles: { 'notes/a.md': 'line\n"q" \'s\'' } }],
    [['add-file', 'b.md', '-'], 'from input\n', { addWorkspaceFiles: { 'b.md': 'from input\n' } }],
    [['remove-file', 'b.md'], '', { removeWorkspaceFiles: ['b.md'] }],
  ])('T-N2 %j makes a request that says just that', async (args, input, change) => {
    const { status, json, stderr } = await ask('alice', 'alice', args, input);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const live = ok(await api.get({ apiVersion: API, kind: 'OpenClawSelfConfig', metadata: { name: json.name, namespace } }));
    expect(live['spec']).toEqual({ instanceRef: 'alice', ...change });
    expect((await asAlice('status', json.name)).json).toMatchObject({ name: json.name, spec: change });
    expect((await asAlice('list')).json.map((one: { name: string }) => one.name)).toContain(json.name);
  });

  test('what a request may not ask for is refused, with the reason of the server', async () => {
    for (const [args, reason] of [
      [['add-env', 'PATH', '/tmp'], 'protected'],
      [['config-patch', '{"gateway":{"auth":{"mode":"none"}}}'], 'gateway is protected'],
      [['add-file', '../x', 'a'], 'spec.addWorkspaceFiles'],
    ] as const) {
      const { status, stderr } = await asAlice(...args);
      expect({ args, status, told: stderr.includes(reason) }).toEqual({ args, status: 1, told: true });
    }
  });

  test('T-N3 C41 an agent asks for its own instance only; those that share an account ask for none; a person asks for any', async () => {
    const forBob = await ask('alice', 'bob', ['add-skill', '@a/b']);
    expect(forBob).toMatchObject({ status: 1, stderr: expect.stringContaining('is that of OpenClawInstance alice') });
    // Nor for one that is yet to come.
    expect(await ask('alice', 'emma', ['add-skill', '@a/b'])).toMatchObject({ status: 1 });
    expect(await ask('carol', 'carol', ['add-skill', '@a/b'])).toMatchObject({ status: 1, stderr: expect.stringContaining('dora') });
    const byHand = {
      apiVersion: API,
      kind: 'OpenClawSelfConfig',
      metadata: { name: 'by-hand', namespace },
      spec: { instanceRef: 'bob', addSkills: ['@a/b'] },
    };
    ok(await api.create(byHand));
  });

  test('nothing else of the API is within its reach', async () => {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
    const account = api.as(
      `system:serviceaccount:${namespace}:alice`,
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    );
    const { status } = ok(await account.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { body }));
    account.close();
    type Rule = { verbs: string[]; apiGroups: string[]; resources: string[]; resourceNames?: string[] };
    const rights = (status.resourceRules as Rule[])
      // What every account may ask: what it may do, and who it is.
      .filter(({ apiGroups }) => !apiGroups.some((group) => ['authorization.k8s.io', 'authentication.k8s.io'].includes(group)))
      .map(({ verbs, resources, resourceNames = [] }) => `${verbs.join()} ${resources.join()} ${resourceNames.join()}`.trim())
      .toSorted();
    expect(rights).toEqual([
      'create,get,list openclawselfconfigs',
      'get openclawinstances alice',
      'get secrets alice-gateway-token,keys',
      'get,watch configmaps alice-config',
    ]);
  });
});
