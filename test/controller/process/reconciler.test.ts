import { ApiError, ConnectionError, FencedError } from '../../../controller/api/errors';
import { MissingRightsError } from '../../../controller/observe/missing-rights';
import { NO_OUTCOME, type Failure, type GitOutcome, type Outcome } from '../../../controller/decide/outcome';
import type { Plan } from '../../../controller/decide/plan';
import type { Requeue } from '../../../controller/process/work-queue';
import { withMistake, withSpec } from '../../builders';
import { aSecretFact, anObserved, TOKEN, planOf } from '../observed';
import { Subject } from './reconciler-subject';

const deleted = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };
const lasting: Failure = { reason: 'Forbidden', message: 'no', transient: false };
const passing: Failure = { reason: 'Conflict', message: 'again', transient: true };
const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', name: 'alice' };
const git: GitOutcome = { repository: 'r', branch: 'main', path: 'p', state: 'committed' };

/** The hashes of Secrets that a plan puts on pods. */
const hashes = (plan: Plan | undefined) =>
  [...(plan?.additions.values() ?? [])].flatMap(({ podAnnotations }) => Object.values(podAnnotations ?? {}));

describe('a pass', () => {
  it('prepares, carries out and reports, in this order', async () => {
    const subject = new Subject();
    await subject.pass();
    expect(subject.calls).toEqual(['prepare', 'carryOut', 'report']);
    expect(subject.told).toMatchObject([{ status: { observedGeneration: 1 } }]);
  });

  it('decides again after the preparation: the hash of Secrets that were just made counts', async () => {
    const subject = new Subject();
    subject.observed = anObserved({ secrets: new Map() });
    await subject.pass();
    expect(subject.preparations[0]?.map(({ step }) => step)).toEqual(['make-secret']);
    expect(hashes(subject.plans[0])).toEqual(hashes(planOf(anObserved())));
    expect(hashes(subject.plans[0])).not.toEqual(hashes(planOf(anObserved({ secrets: new Map() }))));
  });

  it('over an instance that is gone forgets it, and asks for no other', async () => {
    const subject = new Subject();
    subject.observed = undefined;
    expect(await subject.pass()).toEqual({});
    expect(subject.calls).toEqual(['executor forgets', 'reporter forgets']);
  });

  it('tells whether it went well', async () => {
    const subject = new Subject();
    await subject.pass();
    subject.outcome = { ...NO_OUTCOME, failures: [{ step: 'x', failure: lasting }] };
    await subject.pass();
    subject.outcome = NO_OUTCOME;
    subject.observed = anObserved({ modifiers: [withMistake({ gateway: { enabled: 'perhaps' } })] });
    await subject.pass();
    expect(subject.passes).toEqual([true, false, false].map((ok) => ({ key: { namespace: 'team-a', name: 'alice' }, ok })));
  });
});

const minutes = (least: number, most: number): Requeue[] => [{ afterMs: least * 60_000 }, { afterMs: most * 60_000 }];

describe('the next pass', () => {
  it.each<[string, Partial<Outcome>, Requeue[]]>([
    ['comes when something changes, or at some time within the quarter of an hour', {}, minutes(5, 15)],
    [
      'is soon where a person has to mend what no watch sees: rights',
      { objects: [{ ...role, action: 'failed', failure: lasting }] },
      minutes(0.5, 1.5),
    ],
    ['... an object in the way', { objects: [{ ...role, action: 'foreign', message: 'x' }] }, minutes(0.5, 1.5)],
    ['... a step', { failures: [{ step: 'x', failure: lasting }] }, minutes(0.5, 1.5)],
    ['... a Secret', { secrets: [{ name: 's', action: 'failed', failure: lasting }] }, minutes(0.5, 1.5)],
    ['... a repository', { git: { ...git, failure: { code: 'GIT-AUTH', message: 'm', remedy: 'r', stalled: true } } }, minutes(0.5, 1.5)],
    [
      'T46 backs off after what passes by itself: an object',
      { objects: [{ ...role, action: 'failed', failure: passing }] },
      [{ failed: true }, { failed: true }],
    ],
    ['... a step', { failures: [{ step: 'x', failure: passing }] }, [{ failed: true }, { failed: true }]],
    ['... a Secret', { secrets: [{ name: 's', action: 'failed', failure: passing }] }, [{ failed: true }, { failed: true }]],
    [
      '... one of several',
      { failures: [lasting, passing].map((failure) => ({ step: 'x', failure })) },
      [{ failed: true }, { failed: true }],
    ],
    [
      'is in two seconds while an object has to go first',
      { objects: [{ ...role, action: 'replacing' }] },
      [{ afterMs: 2000 }, { afterMs: 2000 }],
    ],
  ])('%s', async (_what, outcome, expected) => {
    const subject = new Subject();
    subject.outcome = { ...NO_OUTCOME, ...outcome };
    const found: Requeue[] = [];
    for (const chance of [0, 1]) {
      subject.chance = chance;
      found.push(await subject.pass());
    }
    expect(found).toEqual(expected);
  });
});

describe('the end of an instance', () => {
  it('is not reported once the finalizer is off: there is nobody to tell', async () => {
    const subject = new Subject();
    subject.observed = anObserved(deleted);
    expect(await subject.pass()).toEqual({});
    expect(subject.calls).toEqual(['prepare', 'carryOut']);
  });

  it.each<[string, Partial<Outcome>, Requeue]>([
    ['the repository', { git: { ...git, state: 'pending' } }, { afterMs: 15_000 }],
    [
      'somebody who has to help',
      { failures: [{ step: 'removal of PersistentVolumeClaim alice-data', failure: lasting }] },
      { afterMs: 15_000 },
    ],
    ['the server', { failures: [{ step: 'removal of the finalizer', failure: passing }] }, { failed: true }],
  ])('that waits for %s is reported and looked at again', async (_what, outcome, expected) => {
    const subject = new Subject();
    subject.observed = anObserved(deleted);
    subject.outcome = { ...NO_OUTCOME, ...outcome };
    expect(await subject.pass()).toEqual(expected);
    expect(subject.told[0]?.status?.phase).toBe('Terminating');
  });

  it('in Git is the end once the directory is gone', async () => {
    const subject = new Subject();
    subject.observed = anObserved(deleted);
    subject.outcome = { ...NO_OUTCOME, git };
    expect(await subject.pass()).toEqual({});
  });
});

const warnings = ({ told }: Subject): string[] =>
  told.flatMap(({ events }) => events.filter(({ reason }) => reason === 'SpecWarning').map(({ type, message }) => `${type} ${message}`));

describe('warnings of the spec', () => {
  const warned = withSpec({ image: { tag: 'latest' } });

  it('become events, once a generation', async () => {
    const subject = new Subject();
    subject.observed = anObserved({ modifiers: [warned], status: { observedGeneration: 0 } });
    await subject.pass();
    expect(warnings(subject)).toEqual([expect.stringMatching(/^Warning spec\.image\.tag: /)]);
    const status = subject.told[0]!.status!;
    subject.observed = anObserved({ modifiers: [warned], status });
    await subject.pass();
    expect(warnings(subject)).toHaveLength(1);
    subject.observed = anObserved({ modifiers: [warned], status, metadata: { generation: 2 } });
    await subject.pass();
    expect(warnings(subject)).toHaveLength(2);
  });

  it('are told after a pass that ended by an error, too', async () => {
    const subject = new Subject();
    subject.observed = anObserved({ modifiers: [warned] });
    subject.thrown = new TypeError('x');
    await subject.pass();
    subject.thrown = undefined;
    subject.observed = anObserved({ modifiers: [warned], status: subject.told[0]!.status! });
    await subject.pass();
    expect(warnings(subject)).toHaveLength(1);
  });

  it('T-T16 are one event, and it is no longer than an event may be', async () => {
    const subject = new Subject();
    const { resolution, ...rest } = anObserved({ status: { observedGeneration: 0 } });
    if (!resolution.ok) throw new Error('refused');
    const many = Array.from({ length: 30 }, (_, index) => ({
      path: `spec.a[${index}]`,
      rule: 'x',
      severity: 'warning' as const,
      message: 'm'.repeat(3000),
    }));
    subject.observed = { ...rest, resolution: { ...resolution, warnings: many } };
    await subject.pass();
    expect(warnings(subject)).toHaveLength(1);
    expect(Math.max(...subject.told[0]!.events.map(({ message }) => message.length))).toBe(1024);
  });

  it('are not told of a spec that is refused: the condition says what is wrong', async () => {
    const subject = new Subject();
    subject.observed = anObserved({ modifiers: [warned, withMistake({ gateway: { enabled: 'perhaps' } })] });
    await subject.pass();
    expect(warnings(subject)).toEqual([]);
  });
});

it('T-T2 tells how long it kept all else waiting', async () => {
  const subject = new Subject();
  subject.observed = { ...anObserved(), resolveSeconds: 1.5 };
  expect(await subject.pass()).toMatchObject({ computedMs: 1500 });
});

it('a Secret that is missing is told by status, and holds nothing up', async () => {
  const subject = new Subject();
  const env = withSpec({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } }] });
  subject.observed = anObserved({ modifiers: [env] });
  subject.made = new Map([...TOKEN, ['other', aSecretFact('other')]]);
  expect(await subject.pass()).toEqual({ afterMs: 600_000 });
  expect(subject.told[0]?.status?.conditions?.find(({ type }) => type === 'SecretsReady')?.message).toContain('keys');
});

/** `Status Reason: message` of what was told last. */
function readyOf({ told }: Subject): string {
  const found = told.at(-1)?.status?.conditions?.find(({ type }) => type === 'Ready');
  return `${found?.status} ${found?.reason}: ${found?.message}`;
}

describe('T-T3 what is thrown in a pass', () => {
  const token = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');

  it.each<[string, unknown, string]>([
    [
      'a mistake of ours',
      new RangeError('Maximum call stack size exceeded'),
      'InternalError: .*RangeError: Maximum call stack size exceeded',
    ],
    [
      'an answer of the server',
      new ApiError('may not read secrets', 403, 'Forbidden'),
      'ReconcileFailed: .*Forbidden: may not read secrets',
    ],
    ['an answer that passes', new ApiError('later', 500, 'InternalError'), 'Retrying: .*later'],
    [
      'a right to see something',
      new MissingRightsError(['list secrets']),
      'MissingRights: .*may not list secrets: give it the rights that --print-rbac',
    ],
    ['something that is no error', 'text', 'InternalError: .*something that is no error was thrown'],
    ['what a parser quotes', new SyntaxError('Unexpected token in hunter2'), 'InternalError: (?!.*hunter2).*SyntaxError$'],
    ['what quotes a secret', new Error(`cannot read ${token}`), `InternalError: (?!.*${token}).*withheld`],
  ])('is a condition: %s', async (_what, thrown, expected) => {
    const subject = new Subject();
    subject.thrown = thrown;
    expect(await subject.pass()).toEqual({ failed: true });
    expect(readyOf(subject)).toMatch(new RegExp(`^False ${expected}`));
    expect(subject.told[0]?.status).toMatchObject({ observedGeneration: 1 });
    expect(subject.passes).toEqual([{ key: { namespace: 'team-a', name: 'alice' }, ok: false }]);
    expect(subject.lines.join('')).not.toMatch(/hunter2|ghp_/);
  });

  it('is logged with its place, if it is a mistake of ours', async () => {
    const subject = new Subject();
    subject.thrown = new TypeError('x is undefined');
    await subject.pass();
    expect(JSON.parse(subject.lines[0] ?? '')).toMatchObject({
      level: 'error',
      message: 'pass failed',
      instance: 'team-a/alice',
      error: 'TypeError: x is undefined',
      at: expect.arrayContaining([expect.stringContaining('reconciler.test')]) as string[],
    });
  });

  it('takes nothing away where it passes by itself', async () => {
    const subject = new Subject();
    await subject.pass();
    const status = { ...subject.told[0]!.status! };
    const conditions = (status.conditions ?? []).map((one) =>
      one.type === 'Ready' ? { ...one, status: 'True' as const, reason: 'ReconcileSucceeded' } : one,
    );
    subject.observed = anObserved({ status: { ...status, conditions } });
    subject.thrown = new ApiError('later', 500, 'InternalError');
    await subject.pass();
    expect(subject.told[1]?.status?.conditions).toEqual(conditions);
    expect(subject.told[1]?.events).toEqual([]);
  });

  it('leaves all else of the status as it was, and is an event', async () => {
    const subject = new Subject();
    await subject.pass();
    const status = { ...subject.told[0]!.status!, managedResources: { service: 'alice' } };
    subject.observed = anObserved({ status, metadata: { generation: 2 } });
    subject.thrown = new TypeError('x');
    await subject.pass();
    const { status: next, events } = subject.told[1]!;
    const others = (of: typeof next): unknown => of?.conditions?.filter(({ type }) => type !== 'Ready');
    expect(others(next)).toEqual(others(status));
    expect(next).toMatchObject({ managedResources: { service: 'alice' }, observedGeneration: 2, phase: 'Failed' });
    expect(events.map(({ type, reason }) => `${type} ${reason}`)).toEqual(['Warning InternalError']);
  });

  it('on the way to the end of an instance says that it is the end which fails', async () => {
    const subject = new Subject();
    subject.observed = anObserved(deleted);
    subject.thrown = new TypeError('x');
    await subject.pass();
    expect(readyOf(subject)).toMatch(/^False DeletionFailed: /);
    expect(subject.told[0]?.status?.phase).toBe('Terminating');
  });

  it('for want of a connection is told to nobody: there is none to tell by', async () => {
    const subject = new Subject();
    subject.thrown = new ConnectionError('cut', 'ECONNRESET');
    expect(await subject.pass()).toEqual({ failed: true });
    expect(subject.told).toEqual([]);
  });

  it('by a closed fence is no failure of the instance', async () => {
    const subject = new Subject();
    subject.thrown = new FencedError({ method: 'PATCH', path: '/x' });
    await expect(subject.pass()).rejects.toThrow(FencedError);
    expect([subject.told, subject.passes, subject.lines]).toEqual([[], [], []]);
  });
});
