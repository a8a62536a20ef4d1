import type { Placement } from '../../../gitops/git/names';
import type { PublishRequest, PublishResult } from '../../../gitops/publish/publish';
import type { Publisher } from '../../../gitops/publish/publisher';
import { settle } from '../api/fake-clock';

/** A publisher that answers when a test says so. */
export class ScriptedPublisher {
  public readonly requests: PublishRequest[] = [];
  /** Directories that the branch has: `namespace/name`. An error is thrown. */
  public published: readonly string[] | Error = [];
  /** Looks whether the branch has a directory. */
  public looks = 0;
  /** What happens while the directories of the branch are read. */
  public onLook = async (): Promise<void> => undefined;
  /** What the next look at the branch finds moved. */
  public moves: readonly Placement[] | Error = [];
  public flushes = 0;
  public closed = false;
  private readonly open: ((result: PublishResult) => void)[] = [];

  public get publisher(): Publisher {
    const parts: Pick<Publisher, 'publish' | 'isPublished' | 'published' | 'moved' | 'flush' | 'close'> = {
      publish: async (request) => {
        this.requests.push(request);
        return new Promise((resolve) => this.open.push(resolve));
      },
      isPublished: async ({ namespace, name }) => {
        this.looks += 1;
        if (this.published instanceof Error) throw this.published;
        return this.published.includes(`${namespace}/${name}`);
      },
      published: async (cluster) => {
        await this.onLook();
        if (this.published instanceof Error) throw this.published;
        return this.published.map((path) => {
          const [namespace = '', name = ''] = path.split('/');
          return { cluster, namespace, name };
        });
      },
      moved: async () => {
        const { moves } = this;
        this.moves = [];
        if (moves instanceof Error) throw moves;
        return [...moves];
      },
      flush: async () => {
        this.flushes += 1;
        await this.answer({ ok: true, tree: 'tree', commit: 'commit', noop: false, verifiedAt: new Date(0) });
      },
      close: async () => {
        this.closed = true;
      },
    };
    return parts as Publisher;
  }

  /** What was asked, in a word each. */
  public get asked(): string[] {
    return this.requests.map(({ placement: { namespace, name }, layout }) => {
      const what = layout === undefined ? 'remove' : layout.digest === undefined ? 'bury' : 'publish';
      return `${what} ${namespace}/${name}`;
    });
  }

  /** Answers everything that waits. */
  public async answer(result: PublishResult): Promise<void> {
    for (const resolve of this.open.splice(0)) resolve(result);
    await settle();
  }
}
