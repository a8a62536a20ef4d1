import type { Condition, OpenClawInstanceStatus } from '../../../constructs';
import { Reporter } from '../../../controller/status/report';
import { isProgress } from '../../../controller/status/same-status';
import { FakeClock } from '../api/fake-clock';
import { aServer, createKnown } from '../world';

function condition(type: string, status: Condition['status'], reason = 'Waiting', message = ''): Condition {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 };
}

const starting: OpenClawInstanceStatus = {
  phase: 'Provisioning',
  observedGeneration: 1,
  conditions: [condition('Ready', 'False'), condition('StorageReady', 'Unknown')],
};

const bound = { ...starting, conditions: [condition('Ready', 'False', 'Waiting', 'more'), condition('StorageReady', 'True')] };

/** The same under another reason of the summary. */
const summary = (reason: string) => ({
  ...starting,
  conditions: [condition('Ready', 'False', reason), condition('StorageReady', 'Unknown')],
});

describe('progress', () => {
  it('is what falls into place while the summary says the same', () => {
    expect(isProgress(starting, bound)).toBe(true);
  });

  it('T-R14 is what is waited for in turn: the claim, then the pod', () => {
    expect(isProgress(summary('ClaimPending'), summary('StatefulSetNotReady'))).toBe(true);
    expect(isProgress(summary('StatefulSetNotReady'), summary('ClaimPending'))).toBe(true);
    expect(isProgress(summary('StatefulSetNotReady'), summary('Retrying'))).toBe(false);
  });

  it.each<[string, OpenClawInstanceStatus]>([
    ['another phase', { ...bound, phase: 'Running' }],
    ['another generation', { ...bound, observedGeneration: 2 }],
    ['another summary', { ...bound, conditions: [condition('Ready', 'True'), condition('StorageReady', 'True')] }],
    [
      'another reason of the summary',
      { ...bound, conditions: [condition('Ready', 'False', 'ClaimLost'), condition('StorageReady', 'True')] },
    ],
    ['a condition that fails', { ...bound, conditions: [condition('Ready', 'False'), condition('StorageReady', 'False')] }],
    ['a condition that comes', { ...bound, conditions: [...bound.conditions, condition('SecretsReady', 'False')] }],
    ['an address', { ...bound, gatewayEndpoint: 'here' }],
  ])('is not %s', (_what, next) => {
    expect(isProgress(starting, next)).toBe(false);
  });

  it('is none of an instance that is ready: what changes there is news', () => {
    const ready = { ...starting, conditions: [condition('Ready', 'True'), condition('StorageReady', 'Unknown')] };
    expect(isProgress(ready, { ...ready, conditions: [condition('Ready', 'True'), condition('StorageReady', 'True')] })).toBe(false);
  });

  it('is kept back for half a minute after the last write, and then told', async () => {
    const clock = new FakeClock();
    const api = aServer(clock);
    const alice = createKnown(api);
    const reporter = new Reporter(api, clock);
    expect(await reporter.report(alice, starting, [])).toBeUndefined();
    api.forgetRequests();
    expect(await reporter.report({ ...alice, status: starting }, bound, [])).toBe(30_000);
    expect(api.writes).toEqual([]);
    await clock.advance(30_000);
    expect(await reporter.report({ ...alice, status: starting }, bound, [])).toBeUndefined();
    expect(api.writes).toHaveLength(1);
  });

  it('with something to tell is not kept back, or it would be told again', async () => {
    const clock = new FakeClock();
    const api = aServer(clock);
    const alice = createKnown(api);
    const reporter = new Reporter(api, clock);
    await reporter.report(alice, starting, []);
    await reporter.report({ ...alice, status: starting }, bound, [{ type: 'Normal', reason: 'A', message: 'b' }]);
    expect(api.writes.filter((write) => write.endsWith('/status'))).toHaveLength(2);
  });
});
