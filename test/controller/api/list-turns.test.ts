import { ListTurns } from '../../../controller/api/list-turns';
import { FakeClock, settle } from './fake-clock';

/** Work that ends when a test says so, by its name. */
class Works {
  public readonly clock = new FakeClock();
  public readonly begun: string[] = [];
  public readonly ended: string[] = [];
  private readonly turns = new ListTurns(this.clock);
  private readonly ends = new Map<string, (failure?: Error) => void>();

  public begin(...names: readonly string[]): void {
    for (const name of names) void this.run(name);
  }

  public async end(name: string, failure?: Error): Promise<void> {
    this.ends.get(name)?.(failure);
    await settle();
  }

  private async run(name: string): Promise<void> {
    const work = (): Promise<void> =>
      new Promise((resolve, reject) => {
        this.begun.push(name);
        this.ends.set(name, (failure) => (failure ? reject(failure) : resolve()));
      });
    await this.turns.take(work).then(
      () => this.ended.push(name),
      (error: Error) => this.ended.push(`${name}: ${error.message}`),
    );
  }
}

describe('lists', () => {
  it('take turns, two at a time, in the order in which they were asked for', async () => {
    const works = new Works();
    works.begin('a', 'b', 'c', 'd');
    await settle();
    expect(works.begun).toEqual(['a', 'b']);
    await works.end('b');
    expect(works.begun).toEqual(['a', 'b', 'c']);
    await works.end('a', new Error('gone'));
    expect(works.begun).toEqual(['a', 'b', 'c', 'd']);
    expect(works.ended).toEqual(['b', 'a: gone']);
    await works.end('c');
    await works.end('d');
    works.begin('e', 'f', 'g');
    await settle();
    expect(works.begun.slice(4)).toEqual(['e', 'f']);
  });

  it('keep nobody waiting for more than ten seconds, and what took longer still counts', async () => {
    const works = new Works();
    works.begin('a', 'b', 'c', 'd', 'e');
    await works.clock.advance(9999);
    expect(works.begun).toEqual(['a', 'b']);
    await works.clock.advance(1);
    expect(works.begun).toEqual(['a', 'b', 'c', 'd']);
    await works.end('a');
    // Its place was given away already.
    expect(works.begun).toEqual(['a', 'b', 'c', 'd']);
    expect(works.ended).toEqual(['a']);
    await works.end('c');
    expect(works.begun).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
