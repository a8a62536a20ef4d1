import { LeaseFence, openFence } from '../../../gitops/git/fence';
import { FakeClock } from '../../controller/api/fake-clock';

describe('a fence on a lease', () => {
  it('is closed until the lease is there, and again from its end on', async () => {
    const clock = new FakeClock();
    const fence = new LeaseFence(clock);
    expect(fence.mayWrite()).toBe(false);
    fence.renew(clock.monotonic() + 15_000);
    await clock.advance(14_999);
    expect(fence.mayWrite()).toBe(true);
    await clock.advance(1);
    expect(fence.mayWrite()).toBe(false);
  });

  it('C40 is closed by itself after a pause, and no clock that is set opens it', async () => {
    const clock = new FakeClock();
    const fence = new LeaseFence(clock);
    fence.renew(clock.monotonic() + 15_000);
    await clock.advance(60_000);
    clock.setBack(2 * 3_600_000);
    expect(fence.mayWrite()).toBe(false);
  });

  it('is closed at once by whoever gives the lease up, and open again with the next one', () => {
    const clock = new FakeClock();
    const fence = new LeaseFence(clock);
    fence.renew(Infinity);
    expect(fence.mayWrite()).toBe(true);
    fence.close();
    expect(fence.mayWrite()).toBe(false);
    fence.renew(clock.monotonic() + 1);
    expect(fence.mayWrite()).toBe(true);
  });
});

it('a fence for a writer that is alone is open', () => {
  expect(openFence.mayWrite()).toBe(true);
});
