import { ApiError, ConnectionError } from '../../../controller/api/errors';
import { type ApiRequest, isReadOnly } from '../../../controller/api/port';
import { withAnnotations, withSpec } from '../../builders';
import { create } from '../world';
import { FIELD_MANAGER } from '../../../controller/self-config/held';
import { type Asking, MINE, endAll, guard, mayAsk, specOf, started } from './requests';

afterEach(endAll);

/** Alice comes from Git. */
const managed = withAnnotations({ 'argocd.argoproj.io/tracking-id': 'apps:openclaw.rocks/OpenClawInstance:team-a/alice' });

function fromGit(...more: Parameters<typeof create>[1][]): Promise<Asking> {
  return started((api) => (guard(api), create(api, mayAsk(), managed, ...more)));
}

/** Writes of one request, but for events. */
function writesOf({ world }: Asking): ApiRequest[] {
  return world.api.requests.filter(
    (request) => !isReadOnly(request) && !request.path.endsWith('/events') && request.query?.['fieldManager'] === FIELD_MANAGER,
  );
}

describe('an instance that an engine manages', () => {
  it('C31 E40 keeps its spec; what the agent asked for is held beside it and rendered over it', async () => {
    const one = await fromGit(withSpec({ env: [{ name: 'MY_OWN', value: 'x' }] }));
    const before = JSON.stringify(one.world.instance.spec);
    const { status } = await one.ask('r1', { ...MINE, addSkills: ['@a/one'], configPatch: { agents: { defaults: { maxConcurrent: 3 } } } });
    expect(status?.message).toBe('carried out beside the spec, which Argo CD has');
    expect(JSON.stringify(one.world.instance.spec)).toBe(before);
    expect(one.env()).toEqual(['MY_OWN=x', 'MY_A=1']);
    expect(one.config()).toMatchObject({ agents: { defaults: { maxConcurrent: 3 } } });
    const map = one.world.api.get('ConfigMap', 'alice-agent-changes');
    expect(map.metadata.ownerReferences).toMatchObject([{ name: 'alice', controller: true }]);
  });

  it('gives what the person wrote back when the agent takes its own away', async () => {
    const one = await fromGit(withSpec({ env: [{ name: 'MY_A', value: 'hers' }] }));
    await one.ask('r1', MINE);
    expect(one.env()).toEqual(['MY_A=1']);
    await one.ask('r2', { removeEnvVars: ['MY_A'] });
    expect(one.env()).toEqual(['MY_A=hers']);
    expect((await one.ask('r3', { removeEnvVars: ['MY_A'] })).status?.message).toContain('variable MY_A stays');
  });

  it('lets go of everything that its list does not name any more, and takes it back when the ConfigMap goes', async () => {
    const one = await fromGit();
    await one.ask('r1', { ...MINE, addWorkspaceFiles: { 'a.md': 'a' } });
    one.world.api.edit('OpenClawInstance', 'alice', { spec: { selfConfigure: { allowedActions: ['workspaceFiles'] } } });
    await one.settle();
    expect(one.env()).toEqual([]);
    one.world.api.edit('OpenClawInstance', 'alice', { spec: { selfConfigure: { allowedActions: ['envVars'] } } });
    await one.settle();
    expect(one.env()).toEqual(['MY_A=1']);
    await one.world.api.remove('ConfigMap', 'alice-agent-changes');
    await one.settle();
    expect(one.env()).toEqual([]);
  });

  it('is not held up by what its agent was given: a spec that does not go together with it goes on without it, and says so', async () => {
    const one = await fromGit();
    await one.ask('r1', { addSkills: ['@a/one'] });
    const twenty = Array.from({ length: 20 }, (_, index) => `@p/s${index}`);
    one.world.api.edit('OpenClawInstance', 'alice', { spec: { skills: twenty } });
    await one.settle();
    expect(one.world.condition('ConfigValid')).toMatch(/^True/);
    expect(one.world.api.events.join('\n')).toContain('what the agent asked for is left out');
  });

  it.each<[string, object]>([
    ['of another owner', { metadata: { ownerReferences: [] } }],
    ['that is no JSON', { data: { 'changes.json': '{' } }],
    [
      'that asks for more',
      { data: { 'changes.json': JSON.stringify({ image: { tag: 'x' }, env: [{ name: 'MY_B', valueFrom: {} }, 7] }) } },
    ],
  ])('takes nothing from a ConfigMap %s', async (_what, patch) => {
    const one = await fromGit();
    await one.ask('r1', MINE);
    one.world.api.edit('ConfigMap', 'alice-agent-changes', patch);
    await one.settle();
    expect(one.env()).toEqual([]);
    expect(one.world.condition('ConfigValid')).toMatch(/^True/);
  });

  it('does not write into a ConfigMap of somebody else', async () => {
    const one = await fromGit();
    one.world.api.seed({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'alice-agent-changes', namespace: 'team-a' },
      data: { a: 'b' },
    });
    await one.settle();
    expect((await one.ask('r1', MINE)).status).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('is not of this instance'),
    });
    expect(one.world.api.get('ConfigMap', 'alice-agent-changes')['data']).toEqual({ a: 'b' });
  });

  it('brings along what stood in its spec when the engine came, and back when it goes', async () => {
    const one = await started();
    await one.ask('r1', MINE);
    one.world.api.edit('OpenClawInstance', 'alice', { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } } });
    expect((await one.ask('r2', { addSkills: ['@a/one'] })).status?.message).toContain('which Flux has');
    expect(specOf(one).env ?? []).toEqual([]);
    expect(one.env()).toEqual(['MY_A=1']);
    one.world.api.edit('OpenClawInstance', 'alice', { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': null } } });
    await one.ask('r3', { addWorkspaceFiles: { 'a.md': 'a' } });
    expect(specOf(one)).toMatchObject({ env: [{ name: 'MY_A' }], skills: ['@a/one'], workspace: { initialFiles: { 'a.md': 'a' } } });
    expect(one.world.api.find('ConfigMap', 'alice-agent-changes')).toBeUndefined();
  });
});

describe('kill -9', () => {
  const CHANGE = { ...MINE, addSkills: ['@a/one'], removeWorkspaceFiles: ['x.md'] };

  it.each<[string, () => Promise<Asking>]>([
    ['in the spec', () => started()],
    ['beside it', () => fromGit()],
  ])('at each write of a request that is carried out %s: it is carried out once, and answered', async (_where, begin) => {
    const whole = await begin();
    whole.world.api.forgetRequests();
    await whole.ask('r1', CHANGE);
    const count = writesOf(whole).length;
    expect(count).toBe(4);
    for (let at = 0; at < count; at += 1) {
      for (const reaches of [false, true]) {
        const one = await begin();
        one.world.api.forgetRequests();
        let seen = 0;
        // The write is lost, or it arrived and nobody heard; from then on the process is dead.
        let dead = false;
        one.world.api.fail(new ConnectionError('killed', 'ECONNRESET'), (request) => {
          if (request.query?.['fieldManager'] !== FIELD_MANAGER && !request.path.includes('openclawselfconfigs')) return false;
          if (dead) return !isReadOnly(request);
          if (isReadOnly(request) || request.query?.['fieldManager'] !== FIELD_MANAGER) return false;
          seen += 1;
          if (seen - 1 !== at + (reaches ? 1 : 0)) return false;
          dead = true;
          return true;
        });
        await one.ask('r1', CHANGE);
        one.world.api.heal();
        await one.restart();
        expect({ at, reaches, phase: one.request('r1').status?.phase }).toEqual({ at, reaches, phase: 'Applied' });
        expect(one.env()).toEqual(['MY_A=1']);
        expect(one.request('r1').metadata.ownerReferences).toHaveLength(1);
      }
    }
  });

  it('between the change and the answer, and a person undoes the change meanwhile: it is not done again', async () => {
    const one = await started();
    one.world.api.fail(new ConnectionError('killed', 'ECONNRESET'), ({ path, body }) => {
      return path.endsWith('r1/status') && (body as { status: { phase: string } }).status.phase === 'Applied';
    });
    await one.ask('r1', { addSkills: ['@a/one'] });
    expect(specOf(one).skills).toEqual(['@a/one']);
    one.world.api.edit('OpenClawInstance', 'alice', { spec: { skills: [] } });
    one.world.api.heal();
    await one.restart();
    expect(one.request('r1').status?.phase).toBe('Applied');
    expect(specOf(one).skills).toEqual([]);
  });

  it('T-N9 T82 an instance that changes between look and write is looked at again', async () => {
    const one = await started();
    let times = 0;
    const { api } = one.world;
    api.fail(
      new ApiError('the object has been modified', 409, 'Conflict'),
      ({ query }) => query?.['force'] === 'true' && query['fieldManager'] === FIELD_MANAGER && (times += 1) === 1,
    );
    await one.ask('r1', MINE);
    await one.advance(5000);
    expect(one.request('r1').status?.phase).toBe('Applied');
    expect(one.env()).toEqual(['MY_A=1']);
  });
});
