import type { Publisher } from '../../../gitops/publish/publisher';
import { type BareRepository, bareRepository } from './bare';
import { aPublisher } from './publishing';

export type PublisherOptions = Parameters<typeof aPublisher>[1];

export interface PublishingBed {
  /** Of the test that runs. */
  readonly remote: BareRepository;
  /** A publisher to its branch `main`, closed after the test. */
  open(settings?: PublisherOptions): Publisher;
}

/** Gives each test of a file, or of a `describe`, a repository of its own. */
export function publishingBed(): PublishingBed {
  const opened: Publisher[] = [];
  let remote: BareRepository;
  beforeEach(() => {
    remote = bareRepository();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((publisher) => publisher.close()));
    remote.remove();
  });
  return {
    get remote() {
      return remote;
    },
    open: (settings) => {
      const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] }, settings);
      opened.push(publisher);
      return publisher;
    },
  };
}
