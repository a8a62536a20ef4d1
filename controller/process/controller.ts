import type { LeaseFence } from '../../gitops/git/fence';
import type { Log } from '../objects/log';
import type { Loop } from './loop';

export interface ControllerOptions {
  readonly loops: readonly Loop[];
  /** What every writer of the loops asks. Whoever elects leaders renews it. */
  readonly fence: Pick<LeaseFence, 'close'>;
  readonly log: Log;
}

/**
 * All loops of a process. Whoever elects leaders renews the fence and calls `lead` when it has the lease, and `rest` when it has lost it; a single
 * controller leads for ever.
 */
export class Controller {
  private leads = false;
  private turn: Promise<void> = Promise.resolve();

  public constructor(private readonly options: ControllerOptions) {}

  /** Fills the caches of all loops, and writes nothing. */
  public async start(): Promise<void> {
    // Not in turn: a server that does not answer must not hold up the end.
    await Promise.all(this.options.loops.map((loop) => loop.start()));
  }

  /** Begins passes. The fence has to be open. */
  public lead(): Promise<void> {
    return this.inTurn(async () => {
      if (this.leads) return;
      this.leads = true;
      this.options.log.info('leading', { loops: this.options.loops.map(({ name }) => name) });
      for (const loop of this.options.loops) await loop.lead();
    });
  }

  /** Closes the fence, so that nothing is written from this moment on, and resolves when no pass is under way. Caches stay warm. */
  public rest(): Promise<void> {
    this.options.fence.close();
    return this.inTurn(async () => {
      if (!this.leads) return;
      this.leads = false;
      await Promise.all(this.options.loops.map((loop) => loop.rest()));
      this.options.log.info('resting');
    });
  }

  /** Lets running passes end, then closes the fence and gives up the caches. */
  public stop(): Promise<void> {
    return this.inTurn(async () => {
      this.leads = false;
      await Promise.all(this.options.loops.map((loop) => loop.stop()));
      this.options.fence.close();
    });
  }

  /** Resolves when everything is done that can be. */
  public async settled(): Promise<void> {
    await Promise.all(this.options.loops.map((loop) => loop.settled()));
  }

  /** What keeps it from being ready, a sentence a loop. */
  public get waitsFor(): readonly string[] {
    return this.options.loops.flatMap(({ name, waitsFor }) => (waitsFor === undefined ? [] : [`${name}: ${waitsFor}`]));
  }

  public get isAlive(): boolean {
    return this.options.loops.every(({ isAlive }) => isAlive);
  }

  /** What did not get through in its last pass. */
  public get failing(): readonly string[] {
    return this.options.loops.flatMap(({ failing }) => failing);
  }

  /** What is to be known though everything works, in words. */
  public get warnings(): readonly string[] {
    return this.options.loops.flatMap(({ warnings = [] }) => warnings);
  }

  /** Rights that the controller lacks, in words; each once. */
  public get missingRights(): readonly string[] {
    return [...new Set(this.options.loops.flatMap(({ missingRights }) => missingRights))].toSorted();
  }

  /** One after another, whatever became of the one before: a lease can be lost while `lead` is under way. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}
