import type { ApiPort, ApiRequest, ApiResponse } from '../../../controller/api/port';
import { ApiError, ConnectionError } from '../../../controller/api/errors';
import { refusal } from '../../../controller/api/refusal';
import { Elector } from '../../../controller/process/elector';
import { LEASE_NAME, type Lease, LeaseStore } from '../../../controller/process/lease';
import { LeaseFence } from '../../../gitops/git/fence';
import { FakeClock, settle } from '../api/fake-clock';

/** A server that has one Lease. */
class LeaseServer {
  public lease: Lease | undefined;
  public writes = 0;
  private version = 0;

  /** A way to it, which can be cut. */
  public door(): { api: ApiPort; isCut: boolean } {
    const door = {
      isCut: false,
      api: {
        request: async (request: ApiRequest): Promise<ApiResponse> => {
          if (door.isCut) throw new ConnectionError('cut', 'ECONNREFUSED');
          return { status: 200, body: this.answer(request), warnings: [] };
        },
        stream: () => {
          throw new Error('not asked for');
        },
      },
    };
    return door;
  }

  private answer(request: ApiRequest): unknown {
    const { method, body } = request;
    if (method === 'GET' && this.lease === undefined) throw refusal(request, 404, undefined);
    if (method === 'GET') return structuredClone(this.lease);
    const sent = body as Lease;
    if (method === 'POST' && this.lease) throw refusal(request, 409, { kind: 'Status', reason: 'AlreadyExists' });
    if (method === 'PUT' && sent.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      throw refusal(request, 409, { kind: 'Status', reason: 'Conflict' });
    this.version += 1;
    this.writes += 1;
    this.lease = structuredClone({ ...sent, metadata: { ...sent.metadata, resourceVersion: String(this.version) } });
    return this.lease;
  }
}

/** A process with a clock of its own, as those of two machines are. */
class Process {
  public readonly clock = new FakeClock();
  public readonly fence = new LeaseFence(this.clock);
  public readonly said: string[] = [];
  public readonly lines: string[] = [];
  public readonly fields: unknown[] = [];
  public readonly door: { api: ApiPort; isCut: boolean };
  public readonly elector: Elector;
  /** What `lead` throws. */
  public fault: Error | undefined;
  /** What it finds of those who led before. Nobody can tell where it is missing. */
  public hasBeenLed: boolean | undefined = false;

  public constructor(identity: string, server: LeaseServer) {
    this.door = server.door();
    this.elector = new Elector({
      store: new LeaseStore(this.door.api, 'openclaw-system'),
      clock: this.clock,
      fence: this.fence,
      log: { info: (message, fields) => this.tell(message, fields), error: (message) => this.lines.push(message) },
      identity,
      hasBeenLed: async () => {
        if (this.hasBeenLed === undefined) throw new ConnectionError('cut', 'ECONNREFUSED');
        return this.hasBeenLed;
      },
      lead: async () => {
        this.said.push('lead');
        if (this.fault) throw this.fault;
      },
      rest: async () => {
        this.fence.close();
        this.said.push('rest');
      },
    });
  }

  private tell(message: string, fields: unknown): void {
    this.lines.push(message);
    this.fields.push(fields);
  }

  public async start(): Promise<void> {
    this.elector.start();
    await settle();
  }
}

const running: Process[] = [];
let server: LeaseServer;

function process(identity: string): Process {
  const one = new Process(identity, server);
  running.push(one);
  return one;
}

/** Lets the same time pass for all, a second at a time, and sees to it that never two may write. */
async function pass(seconds: number, ...all: readonly Process[]): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    for (const one of all) await one.clock.advance(1000);
    expect(running.filter(({ fence }) => fence.mayWrite()).length).toBeLessThanOrEqual(1);
  }
}

beforeEach(() => {
  server = new LeaseServer();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ elector }) => elector.halt()));
});

describe('C3 C40 the election of a leader', () => {
  it('takes a free Lease of the name of the reference operator, and renews it', async () => {
    const one = process('one');
    await one.start();
    expect(one.said).toEqual(['lead']);
    expect(server.lease).toMatchObject({
      metadata: { name: LEASE_NAME, namespace: 'openclaw-system' },
      spec: { holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0, renewTime: '2026-01-01T00:00:00.000000Z' },
    });
    await pass(60, one);
    expect(one.said).toEqual(['lead']);
    expect(one.elector.leads).toBe(true);
  });

  it('leaves a Lease alone that another process holds, such as the reference operator', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    await pass(60, one, other);
    expect([other.said, other.elector.leads]).toEqual([[], false]);
  });

  it('makes a Lease again that somebody removed, and leads on; nobody takes it in between', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    await pass(5, one, other);
    for (let time = 0; time < 3; time += 1) {
      server.lease = undefined;
      // The one that waits looks first.
      await pass(10, other, one);
    }
    expect([one.said, other.said]).toEqual([['lead'], []]);
    expect(server.lease).toMatchObject({ spec: { holderIdentity: 'one' } });
  });

  it('waits for a leader that is cut off and cannot know that its Lease was removed', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    await pass(5, one, other);
    one.door.isCut = true;
    server.lease = undefined;
    await pass(12, other, one);
    expect([one.said, other.said]).toEqual([['lead', 'rest'], []]);
    expect(other.lines.at(-1)).toBe('waiting for the lease');
    await pass(6, other, one);
    expect(other.said).toEqual(['lead']);
  });

  it.each([true, undefined])(
    'waits as long when it begins and finds none, for a leader that cannot know of it; others led before: %s',
    async (hasBeenLed) => {
      const [one, other] = [process('one'), process('other')];
      await one.start();
      await pass(5, one);
      one.door.isCut = true;
      server.lease = undefined;
      other.hasBeenLed = hasBeenLed;
      await other.start();
      await pass(12, other, one);
      expect([one.said, other.said, other.lines]).toEqual([['lead', 'rest'], [], ['waiting for the lease']]);
      await pass(6, other, one);
      expect(other.said).toEqual(['lead']);
    },
  );

  it('waits anew where nobody looked for a while: a Lease may have come and gone', async () => {
    const [one, other] = [process('one'), process('other')];
    other.hasBeenLed = true;
    await other.start();
    other.door.isCut = true;
    await pass(10, other);
    await one.start();
    await pass(6, one, other);
    one.door.isCut = true;
    server.lease = undefined;
    other.door.isCut = false;
    await pass(14, other, one);
    expect([one.said, other.said]).toEqual([['lead', 'rest'], []]);
    await pass(6, other, one);
    expect(other.said).toEqual(['lead']);
  });

  it('takes no Lease at once that somebody emptied: its holder may not know', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    await pass(5, one, other);
    one.door.isCut = true;
    const { metadata, spec } = server.lease as Lease;
    server.lease = { metadata: { ...metadata, resourceVersion: 'edited' }, spec: { ...spec, holderIdentity: '' } };
    await pass(12, other, one);
    expect([one.said, other.said]).toEqual([['lead', 'rest'], []]);
    expect(other.fields.at(-1)).toEqual({ why: 'the lease was emptied: its holder may still work' });
    await pass(6, other, one);
    expect(other.said).toEqual(['lead']);
  });

  it('a leader whose Lease somebody emptied says so', async () => {
    const one = process('one');
    await one.start();
    const { metadata, spec } = server.lease as Lease;
    server.lease = { metadata: { ...metadata, resourceVersion: 'edited' }, spec: { ...spec, holderIdentity: '' } };
    await pass(3, one);
    expect(one.fields).toContainEqual({ why: 'the lease is not ours any more: somebody emptied it' });
    await pass(18, one);
    expect(one.said).toEqual(['lead', 'rest', 'lead']);
  });

  it('tells once who holds the Lease', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    await pass(60, one, other);
    expect(other.lines).toEqual(['waiting for the lease']);
    expect(other.fields).toEqual([{ why: 'another process holds the lease', holder: 'one' }]);
  });

  it('passes on in one lease time when the leader is killed', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    await pass(5, one, other);
    running.shift();
    await one.elector.halt();
    await pass(18, other);
    expect(other.said).toEqual(['lead']);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'other', leaseTransitions: 1 });
  });

  it('passes on at the next look when the leader stops in peace', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    await one.elector.halt();
    expect(one.fence.mayWrite()).toBe(true);
    await one.elector.release();
    expect(one.fence.mayWrite()).toBe(false);
    await pass(3, other);
    expect(other.said).toEqual(['lead']);
  });

  it('closes the fence of a leader that is cut from the server before another one leads', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    one.door.isCut = true;
    await pass(10, one, other);
    expect([one.fence.mayWrite(), other.fence.mayWrite()]).toEqual([false, false]);
    await pass(10, one, other);
    expect([one.said, other.said]).toEqual([['lead', 'rest'], ['lead']]);
    one.door.isCut = false;
    await pass(30, one, other);
    expect(one.said).toEqual(['lead', 'rest']);
  });

  it('finds its fence closed when the process was stopped for longer than the lease', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    // SIGSTOP: time goes on, and nothing of the process runs.
    const stopped = one.clock.monotonic();
    const monotonic = jest.spyOn(one.clock, 'monotonic').mockImplementation(() => stopped + other.clock.monotonic());
    await pass(18, other);
    expect([one.fence.mayWrite(), other.said]).toEqual([false, ['lead']]);
    await one.clock.advance(3000);
    expect([one.said, one.fence.mayWrite()]).toEqual([['lead', 'rest'], false]);
    monotonic.mockRestore();
  });

  it('is not moved by a clock that is set, back or forth', async () => {
    const [one, other] = [process('one'), process('other')];
    await one.start();
    await other.start();
    other.clock.setBack(-86_400_000);
    one.clock.setBack(86_400_000);
    await pass(30, one, other);
    expect([one.said, other.said]).toEqual([['lead'], []]);
  });

  it('has one winner when many begin at once', async () => {
    const all = Array.from({ length: 8 }, (_, index) => process(`p${index}`));
    await Promise.all(all.map((one) => one.start()));
    await pass(5, ...all);
    expect(all.filter(({ elector }) => elector.leads)).toHaveLength(1);
  });

  it('gives the lease up when it cannot lead, so that another may try', async () => {
    const [one, other] = [process('one'), process('other')];
    one.fault = new ApiError('no', 403, 'Forbidden');
    await one.start();
    await settle();
    await other.start();
    expect(other.said).toEqual(['lead']);
    expect(one.lines).toContain('this process cannot lead');
    const { writes } = server;
    await other.elector.halt();
    await other.elector.release();
    await pass(10, one);
    // It leaves the others time, and does not ask again and again.
    expect(server.writes).toBe(writes + 1);
  });

  it('tells a trouble once, however long it lasts', async () => {
    const one = process('one');
    one.door.isCut = true;
    await one.start();
    await pass(60, one);
    expect(one.lines).toEqual(['the lease cannot be read or written']);
  });
});
