import { type Requeue, WorkQueue, type WorkQueueOptions } from '../../../controller/process/work-queue';
import { FakeClock, settle } from '../api/fake-clock';

/** A queue whose passes end when a test says so. */
class Subject {
  public readonly clock = new FakeClock();
  /** Keys whose pass has begun, in order. */
  public readonly begun: string[] = [];
  public readonly errors: string[] = [];
  public readonly queue: WorkQueue;
  private readonly running = new Map<string, (answer: Requeue | Error) => void>();

  public constructor(options: Partial<WorkQueueOptions> = {}) {
    this.queue = new WorkQueue(
      async (key) => this.work(key),
      this.clock,
      { concurrency: 2, ...options },
      (key, error) => this.errors.push(`${key}: ${(error as Error).message}`),
    );
  }

  /** Ends the pass of a key. */
  public async end(key: string, answer: Requeue | Error = {}): Promise<void> {
    const finish = this.running.get(key);
    if (finish === undefined) throw new Error(`${key} does not run`);
    this.running.delete(key);
    finish(answer);
    await settle();
  }

  private async work(key: string): Promise<Requeue> {
    if (this.running.has(key)) throw new Error(`${key} runs twice`);
    this.begun.push(key);
    const answer = await new Promise<Requeue | Error>((resolve) => this.running.set(key, resolve));
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

describe('a work queue', () => {
  it('makes one pass of any number of wishes that wait', async () => {
    const { queue, begun, end } = bound(new Subject({ concurrency: 1 }));
    queue.add('first');
    for (let i = 0; i < 5; i += 1) queue.add('alice');
    expect(queue.depth).toBe(2);
    await end('first');
    await end('alice');
    expect(begun).toEqual(['first', 'alice']);
    expect(queue.depth).toBe(0);
  });

  it('begins with keys that had no pass yet: what is new has nothing, what is known has all but its last change', async () => {
    const { queue, begun, end } = bound(new Subject({ concurrency: 1 }));
    queue.add('known');
    await end('known', { afterMs: 600_000 });
    queue.add('busy');
    queue.add('known');
    queue.add('new');
    queue.add('newer');
    await end('busy');
    await end('new');
    await end('newer');
    expect(begun).toEqual(['known', 'busy', 'new', 'newer', 'known']);
  });

  it('makes one more pass of any number of wishes that come while the key runs, and never two at a time', async () => {
    const { queue, begun, end } = bound(new Subject({ concurrency: 8 }));
    for (let i = 0; i < 5; i += 1) queue.add('alice');
    expect(begun).toEqual(['alice']);
    await end('alice');
    expect(begun).toEqual(['alice', 'alice']);
    await end('alice');
    expect(begun).toHaveLength(2);
  });

  it('runs as many keys as it may, in the order in which they came', async () => {
    const { queue, begun, end } = bound(new Subject({ concurrency: 2 }));
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await end('a');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('comes back after the time that a pass asks for, once', async () => {
    const { queue, clock, begun, end } = bound(new Subject());
    queue.add('alice');
    await end('alice', { afterMs: 5000 });
    await clock.advance(4999);
    expect(begun).toHaveLength(1);
    await clock.advance(1);
    expect(begun).toHaveLength(2);
    await end('alice');
    await clock.advance(3_600_000);
    expect(begun).toHaveLength(2);
  });

  it('lets a change from outside take the place of a timer', async () => {
    const { queue, clock, begun, end } = bound(new Subject());
    queue.add('alice');
    await end('alice', { afterMs: 5000 });
    queue.add('alice');
    expect(begun).toHaveLength(2);
    await end('alice');
    await clock.advance(60_000);
    expect(begun).toHaveLength(2);
  });

  it.each([
    [5000, 9000],
    [9000, 5000],
  ])('takes the earlier of two times (%d, %d)', async (one, other) => {
    const { queue, clock, begun, end } = bound(new Subject());
    queue.addAfter('alice', one);
    queue.addAfter('alice', other);
    await clock.advance(4999);
    expect(begun).toEqual([]);
    await clock.advance(1);
    expect(begun).toEqual(['alice']);
    await end('alice');
    await clock.advance(10_000);
    expect(begun).toEqual(['alice']);
  });

  it('does not set a timer for a key that waits already', async () => {
    const { queue, clock, begun, end } = bound(new Subject({ concurrency: 1 }));
    queue.add('first');
    queue.add('alice');
    queue.addAfter('alice', 1000);
    await end('first');
    await end('alice');
    await clock.advance(5000);
    expect(begun).toEqual(['first', 'alice']);
  });
});

/** The waits after so many failures. */
async function waits(chance: number, failures: number, options: Partial<WorkQueueOptions> = {}): Promise<number[]> {
  const { queue, clock, end } = bound(new Subject({ firstBackoffMs: 1000, maxBackoffMs: 10_000, ...options }));
  clock.chance = chance;
  queue.add('alice');
  const found: number[] = [];
  for (let i = 0; i < failures; i += 1) {
    await end('alice', { failed: true });
    found.push(await clock.advanceToNext());
  }
  return found;
}

describe('a work queue after failures', () => {
  it('waits twice as long each time, up to a limit', async () => {
    expect(await waits(1, 6)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('waits half of that at least, so that not all come at once', async () => {
    expect(await waits(0, 4)).toEqual([500, 1000, 2000, 4000]);
  });

  it('begins with a second and never waits longer than five minutes unless told otherwise', async () => {
    const { queue, clock, end } = bound(new Subject());
    clock.chance = 1;
    queue.add('alice');
    await end('alice', { failed: true });
    expect(await clock.advanceToNext()).toBe(1000);
    let longest = 0;
    for (let i = 0; i < 40; i += 1) {
      await end('alice', { failed: true });
      longest = Math.max(longest, await clock.advanceToNext());
    }
    expect(longest).toBe(300_000);
  });

  it('begins anew after a success', async () => {
    const { queue, clock, end } = bound(new Subject({ firstBackoffMs: 1000 }));
    clock.chance = 1;
    queue.add('alice');
    await end('alice', { failed: true });
    await clock.advanceToNext();
    await end('alice', { failed: true });
    await clock.advanceToNext();
    await end('alice', { afterMs: 10 });
    await clock.advanceToNext();
    await end('alice', { failed: true });
    expect(await clock.advanceToNext()).toBe(1000);
  });

  it('takes what a pass throws for a failure and tells it', async () => {
    const { queue, clock, begun, errors, end } = bound(new Subject({ firstBackoffMs: 1000 }));
    queue.add('alice');
    await end('alice', new Error('boom'));
    expect(errors).toEqual(['alice: boom']);
    await clock.advanceToNext();
    expect(begun).toEqual(['alice', 'alice']);
  });

  it('does not wait when something changed meanwhile', async () => {
    const { queue, begun, end } = bound(new Subject());
    queue.add('alice');
    queue.add('alice');
    await end('alice', { failed: true });
    expect(begun).toEqual(['alice', 'alice']);
  });

  it('counts each key for itself', async () => {
    const { queue, clock, end } = bound(new Subject({ firstBackoffMs: 1000 }));
    clock.chance = 1;
    queue.add('alice');
    await end('alice', { failed: true });
    expect(await clock.advanceToNext()).toBe(1000);
    await end('alice', { failed: true });
    queue.add('bob');
    await end('bob', { failed: true });
    expect(clock.sleeps).toEqual([1000, 2000, 1000]);
  });
});

describe('a work queue at its end', () => {
  it('is idle when nothing waits and nothing runs, whatever its timers', async () => {
    const { queue, end } = bound(new Subject());
    await queue.idle();
    queue.add('alice');
    let idle = false;
    const waiting = queue.idle().then(() => (idle = true));
    await settle();
    expect(idle).toBe(false);
    await end('alice', { afterMs: 1000 });
    await waiting;
    expect(idle).toBe(true);
  });

  it('drops what waits, lets end what runs, and takes no more', async () => {
    const { queue, clock, begun, end } = bound(new Subject({ concurrency: 1 }));
    queue.add('alice');
    queue.add('bob');
    queue.addAfter('carol', 1000);
    let stopped = false;
    const stopping = queue.stop().then(() => (stopped = true));
    queue.add('dora');
    queue.addAfter('emil', 1);
    await settle();
    expect(stopped).toBe(false);
    await end('alice', { failed: true });
    await stopping;
    await clock.advance(3_600_000);
    expect(begun).toEqual(['alice']);
  });
});

/** Methods that can be taken out of the object. */
function bound(subject: Subject) {
  const { queue, clock, begun, errors } = subject;
  return { queue, clock, begun, errors, end: (key: string, answer?: Requeue | Error) => subject.end(key, answer) };
}

/** Ends whatever runs until `key` has begun; returns how many passes began before it. */
async function passesBefore(subject: Subject, key: string): Promise<number> {
  const { begun } = subject;
  for (let ended = 0; !begun.includes(key); ended += 1) await subject.end(begun[ended]!);
  return begun.indexOf(key);
}

describe('T-T9 the tenants of a work queue', () => {
  it('take turns: a fresh instance waits for the passes under way, and for none of the thousand of another', async () => {
    const subject = new Subject({ concurrency: 4 });
    for (let i = 0; i < 1000; i += 1) subject.queue.add(`greedy/${i}`);
    subject.queue.add('small/alice');
    expect(await passesBefore(subject, 'small/alice')).toBe(3);
  });

  it('take turns with what is known too, and among fifty of them each has had its turn in one round', async () => {
    const subject = new Subject({ concurrency: 1 });
    subject.queue.add('first/x');
    for (let tenant = 0; tenant < 50; tenant += 1) for (let i = 0; i < 20; i += 1) subject.queue.add(`t${tenant}/${i}`);
    await passesBefore(subject, 't49/0');
    expect(new Set(subject.begun.slice(1, 51).map((key) => key.split('/')[0])).size).toBe(50);
  });

  it('keep a quarter of the places for the others, whose instance begins at once while passes of one hang', async () => {
    const { queue, begun } = bound(new Subject({ concurrency: 8 }));
    for (let i = 0; i < 20; i += 1) queue.add(`slow/${i}`);
    queue.add('small/alice');
    expect(begun).toEqual(['slow/0', 'slow/1', 'slow/2', 'slow/3', 'slow/4', 'slow/5', 'small/alice']);
  });

  it('do not stop what is known by making instances all the time', async () => {
    const subject = new Subject({ concurrency: 1 });
    subject.queue.add('small/alice');
    await subject.end('small/alice', { afterMs: 600_000 });
    for (let i = 0; i < 100; i += 1) subject.queue.add(`greedy/${i}`);
    subject.queue.add('small/alice');
    const from = subject.begun.length;
    for (let ended = 1; subject.begun.filter((key) => key === 'small/alice').length < 2; ended += 1)
      await subject.end(subject.begun[ended]!);
    expect(subject.begun.length - from).toBeLessThanOrEqual(4);
  });
});

describe('what is asked for in a work queue', () => {
  it('overtakes looks, also those of its own tenant and also when it stands among them, and is one pass', async () => {
    const subject = new Subject({ concurrency: 1 });
    subject.queue.add('busy/x');
    for (let i = 0; i < 20; i += 1) subject.queue.add(`team/${i}`, 'look');
    subject.queue.add('team/19', 'asked');
    subject.queue.add('team/new', 'asked');
    subject.queue.add('team/19', 'look');
    expect(subject.queue.depth).toBe(22);
    await passesBefore(subject, 'team/new');
    expect(subject.begun).toEqual(['busy/x', 'team/19', 'team/new']);
    for (let ended = 2; subject.queue.depth > 0; ended += 1) await subject.end(subject.begun[ended]!);
    expect(subject.begun).toHaveLength(22);
  });

  it('goes first again when it was asked for while it ran', async () => {
    const { queue, begun, end } = bound(new Subject({ concurrency: 1 }));
    queue.add('team/alice');
    for (let i = 0; i < 5; i += 1) queue.add(`team/${i}`, 'look');
    queue.add('team/alice', 'asked');
    queue.add('team/alice', 'look');
    await end('team/alice');
    expect(begun).toEqual(['team/alice', 'team/alice']);
  });

  it('leaves one pass in four to looks', async () => {
    const subject = new Subject({ concurrency: 1 });
    subject.queue.add('busy/x');
    subject.queue.add('small/alice', 'look');
    for (let i = 0; i < 100; i += 1) subject.queue.add(`greedy/${i}`, 'asked');
    expect(await passesBefore(subject, 'small/alice')).toBeLessThanOrEqual(4);
  });

  it.each([400, 401])('leaves it to them where a tenant has all of its places, with %d that are asked for', async (count) => {
    const { queue, begun, end } = bound(new Subject({ concurrency: 8 }));
    // A tenant may have six of eight.
    for (let index = 0; index < 6; index += 1) queue.add(`a/run-${index}`, 'asked');
    for (let index = 0; index < 4; index += 1) queue.add(`a/look-${index}`, 'look');
    for (let index = 0; index < count; index += 1) queue.add(`a/asked-${index}`, 'asked');
    for (let ended = 0; ended < 30; ended += 1) await end(begun[ended] ?? 'none');
    expect(begun.filter((key) => key.includes('look'))).toHaveLength(4);
  });
});

describe('T-T2 the time budget of a pass', () => {
  it('rests a key whose pass kept all others waiting for long, whoever asks, and no other one', async () => {
    const { queue, clock, begun, end } = bound(new Subject());
    queue.add('evil/alice');
    await end('evil/alice', { computedMs: 1000 });
    for (let i = 0; i < 5; i += 1) queue.add('evil/alice');
    queue.add('evil/bob');
    expect([begun, queue.depth]).toEqual([['evil/alice', 'evil/bob'], 1]);
    await clock.advance(8999);
    expect(begun).toHaveLength(2);
    await clock.advance(1);
    expect(begun).toEqual(['evil/alice', 'evil/bob', 'evil/alice']);
  });

  it('is a tenth of the time for a key that is asked for without an end, and is forgotten with the key', async () => {
    const { queue, clock, begun, end } = bound(new Subject());
    queue.add('evil/alice');
    for (let pass = 1; pass <= 5; pass += 1) {
      queue.add('evil/alice');
      await end('evil/alice', { computedMs: 1000 });
      expect(begun).toHaveLength(pass);
      await clock.advance(9000);
    }
    await end('evil/alice');
    await clock.advance(3_600_000);
    expect([begun.length, queue.depth]).toEqual([6, 0]);
  });

  it.each([
    ['a pass within it', { computedMs: 250 }],
    ['a pass of which nothing is known', {}],
  ])('is not used up by %s', async (_what, answer) => {
    const { queue, begun, end } = bound(new Subject());
    queue.add('alice');
    await end('alice', answer);
    queue.add('alice');
    expect(begun).toHaveLength(2);
  });

  it('holds for failures too: the longer of both waits counts', async () => {
    const { queue, clock, begun, end } = bound(new Subject({ firstBackoffMs: 1000 }));
    queue.add('alice');
    await end('alice', { failed: true, computedMs: 1000 });
    await clock.advance(8999);
    expect(begun).toHaveLength(1);
    await clock.advance(1);
    expect(begun).toHaveLength(2);
  });
});
