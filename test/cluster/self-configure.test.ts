import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render, resolve, type WrittenInstance } from '../../constructs';
import { selfConfigAdmission } from '../../controller/process/self-config-policy';
import { type Api, ok, waitUntil, type KubeObject } from './api';
import { type RunningController, startController } from './controller/controller';
import { instance, ref, removeNamespaces, waitForReady } from './controller/instances';
import { installCrds } from './install-crds';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';

const PROGRAM = join(__dirname, '../../constructs/features/self-configure/selfconfig.mjs');
const API = 'openclaw.rocks/v1alpha1';

/** Where the agents of a namespace have their tokens. */
interface Agents {
  readonly namespace: string;
  readonly folder: string;
}

interface Said {
  readonly status: number | null;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read deep into answers; a wrong path fails the test
  readonly json: any;
  readonly stderr: string;
}

/** Runs the helper program as the agent of `who`, with the name of `instanceName` in its environment. */
async function askAs(agents: Agents, who: string, instanceName: string, args: readonly string[], input = ''): Promise<Said> {
  const account = mkdtempSync(join(agents.folder, 'account-'));
  writeFileSync(join(account, 'token'), readFileSync(join(agents.folder, `${who}.token`)));
  writeFileSync(join(account, 'ca.crt'), readFileSync(testCluster().caFile));
  const { hostname, port } = new URL(testCluster().url);
  const env = {
    OPENCLAW_INSTANCE_NAME: instanceName,
    OPENCLAW_NAMESPACE: agents.namespace,
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

/** Keeps a token of an account for the agent of `who`. */
async function giveToken(api: Api, { namespace, folder }: Agents, who: string, account = who): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  writeFileSync(join(folder, `${who}.token`), ok(await api.request('POST', path, { body }))['status'].token);
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
    await giveToken(api, { namespace, folder }, name, account ?? name);
  }

  async function ask(who: string, instanceName: string, args: readonly string[], input = ''): Promise<Said> {
    return askAs({ folder, namespace }, who, instanceName, args, input);
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

  test('nor may it keep a request for ever by a finalizer', async () => {
    const account = api.as(`system:serviceaccount:${namespace}:alice`, 'system:serviceaccounts', 'system:authenticated');
    const metadata = { name: 'kept', namespace, finalizers: ['example.com/for-ever'] };
    const request = { apiVersion: API, kind: 'OpenClawSelfConfig', metadata, spec: { instanceRef: 'alice', addSkills: ['a'] } };
    const refused = await account.create(request);
    account.close();
    expect(refused.status).toBe(403);
    expect(JSON.stringify(refused.body)).toContain('has no finalizers');
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

describeWith(['server', 'controllers', 'traefik'], 'what an agent asks for', () => {
  const api = testApi();
  let running: RunningController | undefined;
  let agents: Agents = { namespace: '', folder: '' };

  beforeAll(async () => {
    await installCrds(api);
    agents = { namespace: await createNamespace(api), folder: mkdtempSync(join(tmpdir(), 'openclaw-selfconfig-')) };
    running = await startController(api, { requests: true });
  }, 120_000);

  afterAll(async () => {
    await removeNamespaces(api, [agents.namespace]);
    await running?.stop();
    rmSync(agents.folder, { recursive: true, force: true });
  }, 120_000);

  /** An instance that is ready, and whose agent may ask for anything. */
  async function make(name: string, labels: Readonly<Record<string, string>> = {}): Promise<KubeObject> {
    const allowedActions = ['skills', 'config', 'workspaceFiles', 'envVars'] as const;
    const spec = {
      selfConfigure: { enabled: true, allowedActions: [...allowedActions] },
      skills: ['@p/hers'],
      env: [{ name: 'HERS', value: 'h' }],
    };
    const written = instance(agents.namespace, name, spec);
    ok(await api.apply({ ...written, metadata: { ...written.metadata, labels } }));
    await waitForReady(api, written);
    await giveToken(api, agents, name);
    return written;
  }

  /** Asks as the agent does, until there is an answer. One that was asked before the policy counted is asked again. */
  async function answer(name: string, ...args: string[]): Promise<{ phase: string; message: string }> {
    const asked = await askAs(agents, name, name, args);
    expect(asked.stderr).toBe('');
    const read = async () => (await askAs(agents, name, name, ['status', asked.json.name])).json.status;
    const status = await waitUntil(`an answer to ${args.join(' ')}`, read, ({ phase }) => ![undefined, 'Pending'].includes(phase), 30_000);
    return status.phase === 'Denied' && status.message.startsWith('it was made before') ? answer(name, ...args) : status;
  }

  const live = async (kind: string, name: string, apiVersion?: string): Promise<KubeObject> =>
    ok(await api.get(ref(kind, agents.namespace, name, apiVersion)));

  async function variables(name: string): Promise<string[]> {
    const { spec } = await live('StatefulSet', name);
    const [agent] = spec.template.spec.containers.filter((one: { name: string }) => one.name === 'openclaw');
    const all = agent.env as { name: string; value?: string }[];
    return all.filter((one) => ['HERS', 'MINE'].includes(one.name)).map((one) => `${one.name}=${one.value}`);
  }

  async function model(name: string): Promise<unknown> {
    return JSON.parse((await live('ConfigMap', `${name}-config`))['data']['openclaw.json']).agents?.defaults?.maxConcurrent;
  }

  test('T-N4 T-N5 T-N6 T-N7 stands in the spec beside what a person wrote, reaches the pod, and goes again', async () => {
    const written = await make('alice');
    expect(await answer('alice', 'add-env', 'MINE', 'm')).toMatchObject({ phase: 'Applied', message: 'carried out in the spec' });
    expect(await answer('alice', 'config-patch', '{"agents":{"defaults":{"maxConcurrent":3}}}')).toMatchObject({ phase: 'Applied' });
    expect(await answer('alice', 'add-skill', '@a/mine')).toMatchObject({ phase: 'Applied' });
    expect(await answer('alice', 'add-file', 'notes/a.md', 'text')).toMatchObject({ phase: 'Applied' });
    await waitUntil(
      'the variable',
      () => variables('alice'),
      (all) => all.length === 2,
    );
    expect((await variables('alice')).toSorted()).toEqual(['HERS=h', 'MINE=m']);
    await waitUntil(
      'the configuration',
      () => model('alice'),
      (value) => value === 3,
    );
    const { spec } = await live('OpenClawInstance', 'alice', API);
    expect(spec).toMatchObject({ skills: ['@p/hers', '@a/mine'], workspace: { initialFiles: { 'notes/a.md': 'text' } } });
    // The person applies the document again, server-side, and knows nothing of the agent.
    ok(await api.apply(written));
    expect((await answer('alice', 'remove-skill', '@a/mine', '@p/hers')).message).toContain('skill @p/hers stays');
    expect((await answer('alice', 'remove-env', 'MINE')).phase).toBe('Applied');
    const after = (await live('OpenClawInstance', 'alice', API))['spec'];
    expect(after).toMatchObject({
      skills: ['@p/hers'],
      env: [{ name: 'HERS', value: 'h' }],
      workspace: { initialFiles: { 'notes/a.md': 'text' } },
    });
    expect(after.config.raw.agents.defaults.maxConcurrent).toBe(3);
    const token = `ghp_${'a1B2'.repeat(9)}`;
    expect(await answer('alice', 'add-env', 'SOMETHING', token)).toMatchObject({
      phase: 'Failed',
      message: expect.not.stringContaining(token),
    });
  }, 90_000);

  test('C31 leaves the spec of an instance that an engine keeps up, and reaches the pod all the same', async () => {
    await make('bob', { 'kustomize.toolkit.fluxcd.io/name': 'apps' });
    const before = (await live('OpenClawInstance', 'bob', API)).metadata.generation;
    expect(await answer('bob', 'add-env', 'MINE', 'm')).toMatchObject({
      phase: 'Applied',
      message: 'carried out beside the spec, which Flux has',
    });
    expect(await answer('bob', 'config-patch', '{"agents":{"defaults":{"maxConcurrent":3}}}')).toMatchObject({ phase: 'Applied' });
    await waitUntil(
      'the configuration',
      () => model('bob'),
      (value) => value === 3,
    );
    expect(await variables('bob')).toEqual(['HERS=h', 'MINE=m']);
    expect((await live('OpenClawInstance', 'bob', API)).metadata.generation).toBe(before);
  }, 60_000);
});
