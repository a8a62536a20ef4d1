import { judge } from '../../../controller/webhook/judge';
import type { AdmissionRequest, Verdict } from '../../../controller/webhook/review';
import type { FactReader, WrittenInstance } from '../../../constructs';
import type { InstanceKey, LiveInstance } from '../../../controller/objects/objects';
import { TenantBudget } from '../../../controller/objects/time-budget';
import { type Modifier, anInstance, withSpec } from '../../builders';

const NOTHING: FactReader = { read: async () => ({ configMaps: new Map() }) };

const WRONG = withSpec({ podAnnotations: { 'no annotation!': 'x' } });

function asked(object: object, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return { uid: 'u1', kind: 'OpenClawInstance', operation: 'CREATE', namespace: 'team-a', object: object as WrittenInstance, ...more };
}

function said(...modifiers: readonly Modifier[]): Promise<Verdict> {
  return judge(asked(anInstance(...modifiers)), { facts: NOTHING });
}

describe('an instance', () => {
  it.each([{ namespaces: ['team-b'] }, { watchLabel: 'team=blue' }])('of another controller is not judged: %j', async (scope) => {
    const verdict = await judge(asked(anInstance(WRONG)), { facts: NOTHING, scope });
    expect(verdict).toEqual({ isAllowed: true, warnings: [], causes: [] });
  });

  it.each([{ namespaces: ['team-a'] }, { watchLabel: 'team=blue' }])('of our own is judged: %j', async (scope) => {
    const written = anInstance(WRONG);
    const labelled = { ...written, metadata: { ...written.metadata, labels: { team: 'blue' } } };
    expect((await judge(asked(labelled), { facts: NOTHING, scope })).isAllowed).toBe(false);
  });

  it('that resolves is let in, and its warnings are told', async () => {
    const { isAllowed, warnings, causes } = await said(withSpec({ security: { networkPolicy: { enabled: false } } }));
    expect([isAllowed, causes]).toEqual([true, []]);
    expect(warnings.join('\n')).toContain('spec.security.networkPolicy.enabled: ');
  });

  it('that does not is refused with every mistake and its place', async () => {
    const { isAllowed, causes } = await said(WRONG, withSpec({ networking: { ingress: { enabled: true, hosts: [] } } }));
    expect(isAllowed).toBe(false);
    expect(causes.length).toBeGreaterThan(1);
    expect(causes.map(({ field }) => field.split('.')[0])).toEqual(causes.map(() => 'spec'));
  });

  it('whose ConfigMap is not there yet is let in: the two may come in any order', async () => {
    const verdict = await said(withSpec({ config: { configMapRef: { name: 'later' } } }));
    expect([verdict.isAllowed, verdict.causes]).toEqual([true, []]);
    expect(verdict.warnings.join('\n')).toContain('ConfigMap "later" was not found');
  });

  it('is looked up for where it is going to be', async () => {
    const namespaces: string[] = [];
    const facts: FactReader = { read: async (namespace) => (namespaces.push(namespace), {}) };
    await judge(asked(anInstance()), { facts });
    expect(namespaces).toEqual(['team-a']);
  });

  it('that holds a secret as plain text is told so without a letter of it', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const { warnings, causes } = await said(withSpec({ env: [{ name: 'SOMETHING', value: token }] }));
    expect(JSON.stringify([warnings, causes])).toContain('spec.env[0].value');
    expect(JSON.stringify([warnings, causes])).not.toContain(token);
  });
});

describe('is never held up', () => {
  const bad = anInstance(withSpec({ networking: { ingress: { enabled: true, className: 'nginx', hosts: [] } } }));

  it('the end of an instance', async () => {
    const ending = { ...bad, metadata: { ...bad.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [] } };
    const request = asked(ending, { operation: 'UPDATE', oldObject: anInstance() });
    expect(await judge(request, { facts: NOTHING })).toEqual({ isAllowed: true, warnings: [], causes: [] });
  });

  it('a write that leaves the spec as it is, although it would be refused today', async () => {
    const labelled = { ...bad, metadata: { ...bad.metadata, labels: { a: 'b' } } };
    const { isAllowed, warnings } = await judge(asked(labelled, { operation: 'UPDATE', oldObject: bad }), { facts: NOTHING });
    expect(isAllowed).toBe(true);
    expect(warnings.length).toBeGreaterThan(0);
  });

  it('an object of another kind, should the registration say so', async () => {
    expect((await judge(asked({ metadata: {} }, { kind: 'Pod' }), { facts: NOTHING })).isAllowed).toBe(true);
  });
});

describe('what else is asked about', () => {
  it.each<[string, object]>([
    [
      'OpenClawClusterDefaults',
      { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawClusterDefaults', metadata: { name: 'cluster' }, spec: { registry: 5 } },
    ],
    ['OpenClawSelfConfig', { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawSelfConfig', metadata: { name: 'x' }, spec: {} }],
  ])('%s is refused with its mistakes', async (kind, object) => {
    const { isAllowed, causes } = await judge(asked(object, { kind }), { facts: NOTHING });
    expect(isAllowed).toBe(false);
    expect(causes[0]?.field).toMatch(/^spec/);
  });

  it('an instance that is nested too deep is refused, and nothing overflows', async () => {
    let deep: object = {};
    for (let level = 0; level < 5000; level += 1) deep = { a: deep };
    const request = asked({ ...anInstance(), spec: { config: { raw: deep } } });
    const verdict = await judge({ ...request, operation: 'UPDATE', oldObject: request.object }, { facts: NOTHING });
    expect(verdict.isAllowed || verdict.causes.length > 0).toBe(true);
    expect((await judge(request, { facts: NOTHING })).isAllowed).toBe(false);
  });
});

describe('a request of an agent', () => {
  const alice = anInstance(withSpec({ selfConfigure: { enabled: true, allowedActions: ['skills'] } })) as LiveInstance;

  function ask(change: object, waiting = 0): Promise<Verdict> {
    const spec = { instanceRef: 'alice', ...change };
    const request = { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawSelfConfig', metadata: { name: 'r' }, spec };
    const known = {
      find: ({ namespace, name }: InstanceKey) => (namespace === 'team-a' && name === 'alice' ? alice : undefined),
      waiting: () => waiting,
    };
    return judge(asked(request, { kind: 'OpenClawSelfConfig' }), { facts: NOTHING, asked: known });
  }

  it('that is good is let in without a word', async () => {
    expect(await ask({ addSkills: ['@a/b'] })).toEqual({ isAllowed: true, warnings: [], causes: [] });
  });

  it('with a secret in plain text is refused before it is stored, without a letter of it', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const { isAllowed, causes } = await ask({ addSkills: ['@a/b'], addEnvVars: [{ name: 'A', value: token }] });
    expect(isAllowed).toBe(false);
    expect(causes.map(({ field }) => field)).toEqual(['spec.addEnvVars[0].value']);
    expect(JSON.stringify(causes)).not.toContain(token);
  });

  it('that its instance will deny is let in and told so: the answer stands in its status', async () => {
    const { isAllowed, warnings } = await ask({ removeEnvVars: ['A'] });
    expect(isAllowed).toBe(true);
    expect(warnings.join()).toContain(
      'it will be Denied: spec.selfConfigure.allowedActions of OpenClawInstance alice does not list envVars',
    );
    expect((await ask({ instanceRef: 'bob', addSkills: ['a'] })).warnings.join()).toContain('there is no OpenClawInstance bob yet');
  });

  it('that would be one too many is refused', async () => {
    expect((await ask({ addSkills: ['@a/b'] }, 49)).isAllowed).toBe(true);
    expect(await ask({ addSkills: ['@a/b'] }, 50)).toMatchObject({
      isAllowed: false,
      causes: [{ message: '50 requests wait for alice: ask again later' }],
    });
  });
});

describe('T-T2 a tenant whose documents take long', () => {
  let now = 0;
  const budget = new TenantBudget(() => now);

  it('is not judged for a while, and told so; others are', async () => {
    budget.charge('team-a', 2001);
    const options = { facts: NOTHING, budget };
    const late = await judge(asked(anInstance(WRONG)), options);
    expect(late).toMatchObject({ isAllowed: true, isUnjudged: true, warnings: [expect.stringContaining('took too long')] });
    expect((await judge(asked(anInstance(WRONG), { namespace: 'team-b' }), options)).isAllowed).toBe(false);
    now += 500;
    expect((await judge(asked(anInstance(WRONG)), options)).isAllowed).toBe(false);
  });

  it('is not judged beyond it by asking for many at once', async () => {
    const own = new TenantBudget(() => now);
    const isSpent = jest.spyOn(own, 'isSpent');
    const facts: FactReader = {
      read: async () => {
        // What others of the tenant take meanwhile.
        own.charge('team-a', 700);
        return {};
      },
    };
    const all = await Promise.all(Array.from({ length: 3 }, () => judge(asked(anInstance(WRONG)), { facts, budget: own })));
    expect(all.map(({ isUnjudged = false }) => isUnjudged)).toEqual([true, true, true]);
    expect(isSpent).toHaveBeenCalled();
  });

  it('pays for what it has computed, and has a tenth of the time in the long run', () => {
    const own = new TenantBudget(() => now);
    let used = 0;
    for (let second = 0; second < 1000; second += 1, now += 1000) {
      if (own.isSpent('team-c')) continue;
      own.charge('team-c', 500);
      used += 500;
    }
    expect(used).toBeGreaterThan(95_000);
    expect(used).toBeLessThan(105_000);
  });
});
