import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenClawInstanceSpec } from '../../../constructs';
import { asset } from '../../../constructs/wire/assets';
import { anInstance, rendered, withConfig, withSpec, withoutNamespace } from '../../builders';

type SelfConfigure = OpenClawInstanceSpec['selfConfigure'];

const withSelfConfigure = (selfConfigure: SelfConfigure = { allowedActions: ['skills'] }) =>
  withSpec({ selfConfigure: { enabled: true, ...selfConfigure } });

const FOLDER = join(__dirname, '../../../constructs/features/self-configure');
const view = rendered(anInstance(withSelfConfigure()));
const rulesOf = (one: typeof view) => one.find('Role')['rules'] as readonly { readonly resources: readonly string[] }[];
const ruleFor = (one: typeof view, resource: string) => rulesOf(one).find(({ resources }) => resources.includes(resource));

describe('self-configure', () => {
  it('is absent by default, with everything of it', () => {
    const without = rendered(anInstance());
    expect(JSON.stringify(without.manifests)).not.toMatch(/selfconfig|OPENCLAW_INSTANCE_NAME|api-token|6443/i);
    expect(rulesOf(without)).toHaveLength(1);
  });

  it('lets the agent read its own instance, and make and read requests', () => {
    expect(ruleFor(view, 'openclawinstances')).toEqual({
      apiGroups: ['openclaw.rocks'],
      resources: ['openclawinstances'],
      resourceNames: ['alice'],
      verbs: ['get'],
    });
    expect(ruleFor(view, 'openclawselfconfigs')).toEqual({
      apiGroups: ['openclaw.rocks'],
      resources: ['openclawselfconfigs'],
      verbs: ['create', 'get', 'list'],
    });
  });

  it('lets it read the Secrets that are in its environment as a whole, by name, and no other', () => {
    const spec: OpenClawInstanceSpec = {
      envFrom: [{ secretRef: { name: 'keys' } }, { configMapRef: { name: 'map' } }, { secretRef: { name: 'keys' }, prefix: 'B_' }],
      env: [{ name: 'ONE', valueFrom: { secretKeyRef: { name: 'many', key: 'one' } } }],
    };
    const rule = ruleFor(rendered(anInstance(withSelfConfigure(), withSpec(spec))), 'secrets');
    expect(rule).toMatchObject({ resourceNames: ['alice-gateway-token', 'keys'], verbs: ['get'] });
    const existing = rendered(anInstance(withSelfConfigure(), withSpec({ gateway: { existingSecret: 'mine' } })));
    expect(ruleFor(existing, 'secrets')).toMatchObject({ resourceNames: ['mine'] });
  });

  it('has no rule about Secrets where there is none to name: such a rule would be about all', () => {
    const proxied = rendered(anInstance(withSelfConfigure(), withConfig({ gateway: { auth: { mode: 'trusted-proxy' } } })));
    expect(ruleFor(proxied, 'secrets')).toBeUndefined();
    expect(ruleFor(proxied, 'openclawselfconfigs')).toBeDefined();
  });

  it('T-J8 has its rules for an account of the user too', () => {
    const rbac = { createServiceAccount: false, serviceAccountName: 'mine' };
    const external = rendered(anInstance(withSelfConfigure(), withSpec({ security: { rbac } })));
    expect(ruleFor(external, 'openclawselfconfigs')).toBeDefined();
    expect(external.find('RoleBinding')['subjects']).toEqual([expect.objectContaining({ name: 'mine' })]);
  });

  it('E38 T-D10 gives a token to the agent alone, and lets the pod reach the API server', () => {
    const holders = view.containers.filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === 'api-token'));
    expect(holders.map(({ name }) => name)).toEqual(['openclaw']);
    expect(view.pod['automountServiceAccountToken']).toBe(false);
    const egress = JSON.stringify(view.spec('NetworkPolicy')['egress']);
    for (const port of [443, 6443]) expect(egress).toContain(`{"port":${port},"protocol":"TCP"}`);
  });

  it('tells the agent who it is, without a namespace in the manifests too', () => {
    const { env } = rendered(anInstance(withSelfConfigure(), withoutNamespace)).agent;
    expect(env).toContainEqual({ name: 'OPENCLAW_INSTANCE_NAME', value: 'alice' });
    const valueFrom = { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } };
    expect(env).toContainEqual({ name: 'OPENCLAW_NAMESPACE', valueFrom });
  });

  it('writes its page and its helper at every start, and the program where the agent cannot change it', () => {
    const plan = JSON.parse(view.text('alice-workspace', 'plan.json')) as { workspaces: { files: { to: string; always?: true }[] }[] };
    const always = plan.workspaces[0]?.files.filter((file) => file.always).map(({ to }) => to);
    expect(always).toEqual(expect.arrayContaining(['SELFCONFIG.md', 'selfconfig.sh']));
    expect(view.text('alice-config', 'selfconfig.mjs')).toBe(asset(FOLDER, 'selfconfig.mjs'));
    expect(view.mount('openclaw', 'config')).toMatchObject({ mountPath: '/operator-config', readOnly: true });
  });

  it('keeps a file of the user, and says so', () => {
    const own = rendered(anInstance(withSelfConfigure(), withSpec({ workspace: { initialFiles: { 'SELFCONFIG.md': 'mine' } } })));
    expect(own.warned('self-configure/own-file')).toEqual([
      expect.objectContaining({ path: 'spec.workspace.initialFiles[SELFCONFIG.md]' }),
    ]);
    expect(Object.values(own.find('ConfigMap', 'alice-workspace')['data'] as Record<string, string>)).toContain('mine');
  });

  it('says that an empty list of actions allows nothing', () => {
    expect(rendered(anInstance(withSelfConfigure({}))).warned('self-configure/no-actions')).toHaveLength(1);
    expect(view.warned('self-configure/no-actions')).toEqual([]);
  });
});

/** Runs the program without a cluster. */
function selfconfig(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(FOLDER, 'selfconfig.mjs'), ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

describe('the helper', () => {
  it('explains itself, every verb that it knows among them', () => {
    const { status, stdout } = selfconfig([]);
    expect(status).toBe(0);
    const page = readFileSync(join(FOLDER, 'SELFCONFIG.md'), 'utf8');
    const verbs = [...readFileSync(join(FOLDER, 'selfconfig.mjs'), 'utf8').matchAll(/^ {2}'?([a-z-]+)'?: \[/gm)].map(([, verb]) => verb);
    expect(verbs).toHaveLength(12);
    expect(verbs.filter((verb) => !stdout.includes(`\n  ${verb} `))).toEqual([]);
    expect(verbs.filter((verb) => !page.includes(`${verb}`))).toEqual([]);
  });

  it.each([
    ['a verb that there is none of', ['explode'], {}, 'there is no "explode"'],
    ['a name of every object', ['constructor'], {}, 'there is no "constructor"'],
    ['too few arguments', ['add-env', 'A'], {}, 'add-env takes 2 arguments and got 1'],
    ['an instance that is not told', ['add-skill', 'a'], {}, 'OPENCLAW_INSTANCE_NAME is not set'],
    ['a patch that is no object', ['config-patch', '[1]'], { OPENCLAW_INSTANCE_NAME: 'a' }, 'needs a JSON object'],
    ['a patch that is no JSON', ['config-patch', 'a: 1'], { OPENCLAW_INSTANCE_NAME: 'a' }, 'needs a JSON object'],
    ['a name that leads elsewhere', ['status', '..'], { OPENCLAW_NAMESPACE: 'a' }, '".." is no name of an object'],
  ])('refuses %s, with 2', (_what, args, env, message) => {
    const { status, stdout, stderr } = selfconfig(args, env);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('fails with 1 and one line where there is no token', () => {
    const env = { OPENCLAW_INSTANCE_NAME: 'a', OPENCLAW_NAMESPACE: 'b', SELFCONFIG_ACCOUNT: '/nowhere' };
    expect(selfconfig(['get-instance'], env)).toMatchObject({ status: 1, stderr: expect.stringMatching(/^selfconfig: [^\n]*\n$/) });
  });
});
