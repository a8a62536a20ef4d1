import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { OpenClawInstanceSpec } from '../../constructs';
import { builtPackage } from '../app/built-package';
import { runProgram } from '../app/program';
import { writeAccountFile } from './account-file';
import { type KubeObject, ok, waitUntil } from './api';
import { instance, removeNamespaces, waitForReady } from './controller/instances';
import { kubectl } from './kubectl';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';
import { freePort } from './ports';

const NAMESPACE = 'openclaw-system';
const SERVICE = 'openclaw-webhook';

/** The API server sends nothing to a loopback address. */
const address = Object.values(networkInterfaces())
  .flatMap((entries) => entries ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const why = address === undefined ? 'this machine has no address but loopback' : undefined;

/** Nothing that the CRD knows is wrong with it. */
const wrong: OpenClawInstanceSpec = { networking: { ingress: { enabled: true, className: 'nginx', hosts: [] } } };

/** Gives an agent a right that only somebody who may make Roles can give. */
const withRules: OpenClawInstanceSpec = {
  security: { rbac: { additionalRules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['create'] }] } },
};

/** What stays for the tests after this one: they share kinds and rights, and none of the rest. */
const SHARED = /^(?:CustomResourceDefinition|Namespace|ServiceAccount|Role|RoleBinding|ClusterRole|ClusterRoleBinding)$/;

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'openclaw-controller', namespace: NAMESPACE } };

const IMAGE = 'registry.example.com/openclaw-cdk8s:test';

function printed(): string {
  return runProgram(['install', '--image', IMAGE]).stdout;
}

/** The program as an administrator runs it. */
function ofAdministrator(...args: readonly string[]): { readonly code: number | null; readonly stdout: string } {
  const { code, stdout } = runProgram([...args, '--kubeconfig', testCluster().kubeconfig]);
  return { code, stdout };
}

describeWith(['server', 'controllers', { why }], 'the printed install', () => {
  const api = testApi();
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-install-'));
  let namespace = '';
  let controller: ChildProcess | undefined;
  let ports = { health: 0, metrics: 0, webhook: 0 };
  const log: string[] = [];

  afterAll(async () => {
    await stopController();
    const rest = parseAllDocuments(printed())
      .map((document): KubeObject => document.toJS())
      .filter(({ kind }) => !SHARED.test(kind));
    await kubectl(testCluster(), ['delete', '--ignore-not-found', '-f', '-'], rest.map((object) => `---\n${stringify(object)}`).join(''));
    await api.delete({ apiVersion: 'v1', kind: 'Service', metadata: { name: SERVICE, namespace: NAMESPACE } });
    await api.delete({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: SERVICE, namespace: NAMESPACE } });
    await api.delete({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'openclaw-webhook-certificate', namespace: NAMESPACE } });
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function stopController(): Promise<number | null> {
    if (controller?.exitCode !== null) return controller?.exitCode ?? null;
    const ended = once(controller, 'exit') as Promise<[number | null]>;
    controller.kill('SIGTERM');
    return (await ended)[0];
  }

  /** As the pods of the Deployment would be: the same arguments, variables and account. Only ports differ, for the machine is shared. */
  async function startController(): Promise<void> {
    const deployment = ok(await api.get(DEPLOYMENT));
    const [{ args, env }] = deployment['spec'].template.spec.containers;
    const [health, metrics, webhook] = [await freePort(), await freePort(), await freePort()];
    ports = { health, metrics, webhook };
    expect(env).toEqual([{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } }]);
    const own = Object.entries(ports).map(([name, port]) => `--${name}-port=${port}`);
    controller = spawn(process.execPath, [join(builtPackage(), 'lib/app/cli/cli.js'), ...args, ...own], {
      env: { PATH: process.env['PATH'], POD_NAMESPACE: NAMESPACE, KUBECONFIG: await accountFile() },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    controller.stderr?.setEncoding('utf8').on('data', (line: string) => log.push(line));
  }

  /** A kubeconfig in the place of the token that a kubelet mounts. */
  async function accountFile(): Promise<string> {
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/openclaw-controller/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const { token } = ok(await api.request('POST', path, { body }))['status'];
    return writeAccountFile(join(folder, 'account.json'), testCluster(), token);
  }

  /** A simulated pod has no address that leads to us. */
  async function leadServiceHere(): Promise<void> {
    const metadata = { name: SERVICE, namespace: NAMESPACE };
    await api.delete({ apiVersion: 'v1', kind: 'Service', metadata });
    await api.waitForGone({ apiVersion: 'v1', kind: 'Endpoints', metadata });
    const port = ports.webhook;
    ok(
      await api.apply({
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { ports: [{ name: 'https', port: 443, targetPort: port }] },
      } as KubeObject),
    );
    const subsets = [{ addresses: [{ ip: address }], ports: [{ name: 'https', port }] }];
    ok(await api.apply({ apiVersion: 'v1', kind: 'Endpoints', metadata, subsets } as KubeObject));
  }

  async function metricsText(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();
  }

  test('T-Q2 is accepted by the server, and once more as an upgrade', async () => {
    for (const more of [[], ['--force-conflicts']]) {
      const { status, stderr } = await kubectl(testCluster(), ['apply', '--server-side', ...more, '-f', '-'], printed());
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
    namespace = await createNamespace(api);
  }, 60_000);

  test('makes pods that a namespace of the level restricted admits', async () => {
    const status = await waitUntil(
      'two pods',
      async () => ok(await api.get(DEPLOYMENT))['status'],
      ({ readyReplicas = 0 }) => readyReplicas === 2,
      30_000,
    );
    expect(status).toMatchObject({ replicas: 2, updatedReplicas: 2 });
  }, 40_000);

  test('runs a controller that leads, answers the API server, and brings an instance to Ready', async () => {
    await startController();
    await leadServiceHere();
    const asked = async (): Promise<string> => String((await api.apply(instance(namespace, 'probe', wrong), { dryRun: true })).status);
    await waitUntil('the webhook', asked, (status) => status === '422', 30_000).catch((cause: unknown) => {
      throw new Error(log.join(''), { cause });
    });
    const alice = instance(namespace, 'alice');
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    expect((await fetch(`http://127.0.0.1:${ports.health}/readyz`)).status).toBe(200);
    const metrics = await metricsText();
    expect(metrics).toContain(`openclaw_instance_ready{instance="alice",namespace="${namespace}"} 1`);
    expect(metrics).toContain('leader_election_master_status{name="openclaw-operator.openclaw.rocks"} 1');
    expect(log.join('')).not.toContain('forbidden');
    // The Service is the one of this test, and no other object is unlike what is printed; the webhook is tried as well.
    const { code, stdout } = ofAdministrator('install', '--check', '--image', IMAGE);
    expect({ code, findings: stdout.split('\n').filter((line) => line !== '' && !line.startsWith('optional: ')) }).toEqual({
      code: 1,
      findings: [expect.stringMatching(/^Service openclaw-webhook in openclaw-system: is not as this version has it: spec\./)],
    });
    expect(ofAdministrator('uninstall', '--plan')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`kubectl -n ${namespace} delete`),
    });
  }, 90_000);

  test('T-Q7 lets the role edit keep instances, and give no rights that it does not have', async () => {
    const bind = (role: string, user: string): KubeObject => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: user, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    });
    for (const role of ['view', 'edit', 'admin']) ok(await api.create(bind(role, `${role}-user`)));
    const [view, edit, admin] = ['view', 'edit', 'admin'].map((role) => api.as(`${role}-user`)) as [typeof api, typeof api, typeof api];
    const path = `/apis/openclaw.rocks/v1alpha1/namespaces/${namespace}/openclawinstances/alice`;
    await waitUntil(
      'the roles to be gathered',
      async () => (await view.request('GET', path)).status,
      (status) => status === 200,
    );
    const statuses = async (spec: OpenClawInstanceSpec): Promise<number[]> =>
      Promise.all([view, edit, admin].map(async (user) => (await user.create(instance(namespace, 'bob', spec), { dryRun: true })).status));
    expect(await statuses({})).toEqual([403, 201, 201]);
    const refused = await edit.create(instance(namespace, 'bob', withRules), { dryRun: true });
    expect(refused).toMatchObject({ status: 403, body: { message: expect.stringContaining('additionalRules') } });
    expect((await admin.create(instance(namespace, 'bob', withRules))).status).toBe(201);
    // What somebody with the right wrote stays, and the rest of the instance is theirs.
    const bob = instance(namespace, 'bob');
    expect((await edit.patch(bob, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
    expect((await edit.patch(bob, { spec: { security: { rbac: { additionalRules: [] } } } })).status).toBe(200);
    for (const user of [view, edit, admin]) user.close();
  }, 60_000);

  test('leaves no instance behind that its end holds up, and ends at once', async () => {
    await removeNamespaces(api, [namespace]);
    expect(await stopController()).toBe(0);
  }, 90_000);
});
