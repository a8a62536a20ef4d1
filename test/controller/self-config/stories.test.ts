import { ApiError } from '../../../controller/api/errors';
import { isReadOnly } from '../../../controller/api/port';
import { type Modifier, withSpec } from '../../builders';
import { create } from '../world';
import { FIELD_MANAGER } from '../../../controller/self-config/held';
import { MINE, aRequest, endAll, guard, mayAsk, specOf, started } from './requests';

afterEach(endAll);

function named(name: string, namespace = 'team-a'): Modifier {
  return (written) => ({ ...written, metadata: { ...written.metadata, name, namespace } });
}

describe('a request for an instance of another controller', () => {
  it('is left to it: by the namespace nobody hears of it', async () => {
    const one = await started(undefined, { scope: { namespaces: ['team-b'] } });
    expect((await one.ask('r1', MINE)).status).toBeUndefined();
  });

  it('is left to it: without its label the instance is not ours, and it is worked on when it is', async () => {
    let isOurs = false;
    const one = await started(undefined, { isOurs: () => isOurs });
    expect((await one.ask('r1', MINE)).status).toBeUndefined();
    isOurs = true;
    await one.advance(30_000);
    expect(one.request('r1').status).toMatchObject({ phase: 'Applied' });
  });
});

describe('a request that is good', () => {
  it('is seen, owned, carried out in the spec, answered and told of, and the pod gets it', async () => {
    const one = await started();
    const { status, metadata } = await one.ask('r1', { ...MINE, configPatch: { agents: { defaults: { maxConcurrent: 3 } } } });
    expect(status).toEqual({ phase: 'Applied', message: 'carried out in the spec', completionTime: '2026-01-01T00:00:00Z' });
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', name: 'alice', uid: one.world.instance.metadata.uid },
    ]);
    expect(specOf(one)).toMatchObject({
      env: [{ name: 'MY_A', value: '1' }],
      config: { raw: { agents: { defaults: { maxConcurrent: 3 } } } },
    });
    expect(one.env()).toEqual(['MY_A=1']);
    expect(one.config()).toMatchObject({ agents: { defaults: { maxConcurrent: 3 } } });
    const told = one.world.api.events.filter((event) => /^(SelfConfig|Applied)/.test(event));
    expect(told).toEqual(['Applied: carried out in the spec', 'SelfConfigApplied: request r1: carried out in the spec']);
  });

  it('0.10 is Pending before anything else happens to it', async () => {
    const one = await started();
    one.world.api.forgetRequests();
    await one.ask('r1', MINE);
    const writes = one.world.api.requests.filter((request) => !isReadOnly(request) && !request.path.endsWith('/events'));
    const statuses = writes.flatMap(({ path, body }) =>
      path.endsWith('r1/status') ? [(body as { status: { phase: string } }).status.phase] : [],
    );
    expect(statuses).toEqual(['Pending', 'Applied']);
    expect(writes.findIndex(({ path }) => path.endsWith('r1/status'))).toBeLessThan(
      writes.findIndex(({ query }) => query?.['fieldManager'] === FIELD_MANAGER && query['force'] === 'true'),
    );
  });

  it('T-N5 T84 takes nothing away of earlier ones, of whatever kind, and a removal takes away just that', async () => {
    const one = await started((api) => (guard(api), create(api, mayAsk(), withSpec({ skills: ['@p/hers'] }))));
    await one.ask('r1', { addSkills: ['@a/one'] });
    await one.ask('r2', MINE);
    await one.ask('r3', { addSkills: ['@a/two'], addWorkspaceFiles: { 'a.md': 'a' } });
    expect(specOf(one)).toMatchObject({
      skills: ['@p/hers', '@a/one', '@a/two'],
      env: [{ name: 'MY_A' }],
      workspace: { initialFiles: { 'a.md': 'a' } },
    });
    await one.ask('r4', { removeSkills: ['@a/one'] });
    expect(specOf(one)).toMatchObject({ skills: ['@p/hers', '@a/two'], env: [{ name: 'MY_A' }] });
  });

  it('T-N6 may take the last item away', async () => {
    const one = await started();
    await one.ask('r1', { addSkills: ['@a/one'] });
    expect((await one.ask('r2', { removeSkills: ['@a/one'] })).status?.phase).toBe('Applied');
    expect(specOf(one).skills ?? []).toEqual([]);
  });

  it('T-N7 leaves what a person wrote, and says so', async () => {
    const one = await started((api) => (guard(api), create(api, mayAsk(), withSpec({ skills: ['@p/hers'] }))));
    const { status } = await one.ask('r1', { removeSkills: ['@p/hers'] });
    expect(status).toMatchObject({ phase: 'Applied', message: expect.stringContaining('skill @p/hers stays') });
    expect(specOf(one).skills).toEqual(['@p/hers']);
    expect(one.world.api.events.join('\n')).toContain(
      'SelfConfigSkippedRemoval: request r1: not removed, for somebody else wrote it: skill @p/hers',
    );
  });

  it('T38 T-N4 and a person who takes the item away later has the last word', async () => {
    const one = await started();
    await one.ask('r1', { addSkills: ['@a/one', '@a/two'] });
    one.world.api.edit('OpenClawInstance', 'alice', { spec: { skills: ['@a/two'] } });
    await one.ask('r2', MINE);
    expect(specOf(one).skills).toEqual(['@a/two']);
  });

  it('is one of several: each is carried out, in the order in which they were made', async () => {
    const one = await started();
    for (const [index, value] of ['1', '2', '3'].entries()) {
      one.world.api.seed(aRequest(`r${index}`, { addEnvVars: [{ name: 'MY_A', value }] }), 'agent');
    }
    await one.settle();
    expect(one.env()).toEqual(['MY_A=3']);
    expect(['r0', 'r1', 'r2'].map((name) => one.request(name).status?.phase)).toEqual(['Applied', 'Applied', 'Applied']);
  });
});

describe('a request that is not', () => {
  it('is denied, told of on the instance, and changes nothing', async () => {
    const one = await started((api) => (guard(api), create(api, mayAsk('skills'))));
    const before = JSON.stringify(specOf(one));
    const { status } = await one.ask('r1', MINE);
    expect(status).toMatchObject({
      phase: 'Denied',
      completionTime: expect.any(String),
      message: expect.stringContaining('does not list envVars'),
    });
    expect(JSON.stringify(specOf(one))).toBe(before);
    expect(one.world.api.events.join('\n')).toContain('SelfConfigDenied: request r1: ');
  });

  it('because the API server refuses it is told what the server says', async () => {
    const one = await started();
    const error = new ApiError('admission webhook "w" denied the request: not on a Friday', 403, 'Forbidden');
    one.world.api.fail(error, ({ query }) => query?.['force'] === 'true' && query['fieldManager'] === FIELD_MANAGER);
    expect((await one.ask('r1', MINE)).status).toMatchObject({ phase: 'Failed', message: expect.stringContaining('not on a Friday') });
  });

  it('T-N1 is waited with while its instance is not there, and goes on when it comes', async () => {
    const one = await started((api) => guard(api));
    expect((await one.ask('r1', MINE)).status).toMatchObject({
      phase: 'Pending',
      message: expect.stringContaining('no OpenClawInstance alice'),
    });
    create(one.world.api, mayAsk());
    await one.advance(6000);
    expect(one.request('r1').status?.phase).toBe('Applied');
    expect(one.request('r1').metadata.ownerReferences).toHaveLength(1);
  });

  it('of an instance that never comes has failed after a minute, and is gone an hour later', async () => {
    const one = await started((api) => guard(api));
    await one.ask('r1', MINE);
    await one.advance(65_000);
    expect(one.request('r1').status?.phase).toBe('Failed');
    await one.advance(60 * 60_000 + 5000);
    expect(one.world.api.find('OpenClawSelfConfig', 'r1')).toBeUndefined();
  });

  it('T-N3 T83 waits for the admission policy, and what was asked before it came is denied', async () => {
    const one = await started((api) => create(api, mayAsk()));
    expect((await one.ask('r1', MINE)).status).toMatchObject({ phase: 'Pending', message: expect.stringContaining('--print-rbac') });
    guard(one.world.api);
    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']) {
      one.world.api.edit(kind, 'openclaw-self-configure', { metadata: { creationTimestamp: '2026-01-01T00:00:30Z' } }, 'admin', undefined);
    }
    await one.advance(61_000);
    expect(one.request('r1').status?.phase).toBe('Denied');
    expect((await one.ask('r2', MINE)).status?.phase).toBe('Applied');
  });
});

describe('too much', () => {
  it('is slowed down: after twenty changes the next one waits for ten minutes to pass', async () => {
    const one = await started();
    for (let index = 0; index < 20; index += 1) await one.ask(`r${index}`, { addEnvVars: [{ name: 'MY_A', value: String(index) }] });
    expect((await one.ask('r20', MINE)).status).toMatchObject({ phase: 'Pending', message: expect.stringContaining('waits its turn') });
    await one.restart();
    expect(one.request('r20').status?.phase).toBe('Pending');
    await one.advance(10 * 60_000 + 1000);
    expect(one.request('r20').status?.phase).toBe('Applied');
  }, 30_000);

  it('is cut off: of more than fifty that wait the newest have failed at once', async () => {
    const one = await started((api) => create(api, mayAsk()));
    for (let index = 0; index < 52; index += 1) {
      one.world.api.seed(aRequest(`r${String(index).padStart(2, '0')}`, MINE), 'agent');
    }
    await one.settle();
    const phases = one.world.api.all('OpenClawSelfConfig').map((request) => (request['status'] as { phase?: string } | undefined)?.phase);
    expect(phases.slice(50)).toEqual(['Failed', 'Failed']);
    expect(phases.slice(1, 50).every((phase) => phase === undefined)).toBe(true);
  });
});

describe('no agent reaches another instance', () => {
  it('T-N3 a request changes the instance that it names, in its own namespace, and no other one', async () => {
    const one = await started((api) => {
      guard(api);
      create(api, mayAsk());
      create(api, named('bob'), mayAsk());
      api.seed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-b' } });
      create(api, mayAsk(), named('alice', 'team-b'));
    });
    const others = (): string =>
      JSON.stringify([
        one.world.api.get('OpenClawInstance', 'bob')['spec'],
        one.world.api.get('OpenClawInstance', 'alice', 'team-b')['spec'],
      ]);
    const before = others();
    await one.ask('r1', MINE);
    expect(others()).toBe(before);
    expect(one.env()).toEqual(['MY_A=1']);
  });
});

it('an hour after its end a request is taken away, and no other one of its name', async () => {
  const one = await started();
  await one.ask('r1', MINE);
  await one.advance(59 * 60_000);
  expect(one.request('r1').status?.phase).toBe('Applied');
  await one.advance(2 * 60_000);
  expect(one.world.api.find('OpenClawSelfConfig', 'r1')).toBeUndefined();
  // What it asked for stays.
  expect(one.env()).toEqual(['MY_A=1']);
});

it('where nothing is asked for nothing is written, nor read again and again', async () => {
  const one = await started();
  await one.ask('r1', MINE);
  one.world.api.forgetRequests();
  await one.advance(30 * 60_000);
  expect(one.world.api.writes.filter((write) => /selfconfig/i.test(write))).toEqual([]);
  expect(one.world.api.reads.filter((path) => path.includes('selfconfig'))).toEqual([]);
});
