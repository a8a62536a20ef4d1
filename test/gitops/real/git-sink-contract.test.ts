import { systemClock } from '../../../gitops/git/clock';
import { openFence } from '../../../gitops/git/fence';
import { createGit } from '../../../gitops/git/git';
import { GitSink } from '../../../gitops/publish/git-sink';
import { Publisher } from '../../../gitops/publish/publisher';
import { Repository } from '../../../gitops/publish/repository';
import { readManifests } from '../../read-manifests';
import { type SinkSubject, sinkContract } from '../../sink-contract';
import { OPTIONS } from '../layouts';
import { type BareRepository, bareRepository } from './bare';
import { TIMES } from './publishing';

const OURS = 'clusters/prod-eu/instances/team-a';

/** What others have there: in the repository, beside our instances, and in another cluster. */
const THEIRS = [
  'README.md',
  `${OURS}/other/kustomization.yaml`,
  `${OURS}/notes.txt`,
  'clusters/prod-us/instances/team-a/alice/service.alice.yaml',
];

function open(remote: BareRepository): { readonly sink: GitSink; close(): Promise<void> } {
  const repository = new Repository(createGit({ url: remote.path, branch: 'main', allow: ['file'] }), { createBranch: true });
  const publisher = new Publisher({ repository, clock: systemClock, engine: '1.2.3', fence: openFence, times: TIMES });
  return { sink: new GitSink({ publisher, repository, layout: OPTIONS }), close: () => publisher.close() };
}

/** `Kind name` of everything that an engine finds in the directory of a set. */
function manifests(remote: BareRepository, set: string): string[] {
  if (remote.commits() === 0) return [];
  const files = remote
    .files()
    .filter((file) => file.startsWith(`${OURS}/${set}/`) && file.endsWith('.yaml') && !file.endsWith('/kustomization.yaml'));
  return files.flatMap((file) => readManifests(remote.show(file)));
}

async function subject(): Promise<SinkSubject> {
  const remote = bareRepository();
  const opened = [open(remote)];
  return {
    sink: opened[0]!.sink,
    setOf: ({ id }) => id.split('/').at(-1) ?? '',
    // A commit that changes no file shows as well.
    state: async () => remote.git('for-each-ref'),
    holds: async (set, kind, name) => manifests(remote, set).includes(`${kind} ${name}`),
    plant: async () => {
      const blob = remote.writeBlob('theirs\n');
      remote.commitEntries(THEIRS.map((path) => `100644 ${blob} 0\t${path}`));
    },
    planted: async () => THEIRS.map((path) => remote.git('ls-tree', 'main', path)),
    block: async (set) => {
      const path = `${OURS}/${set}/kustomization.yaml`;
      remote.commitEntries([`100644 ${remote.writeBlob('theirs\n')} 0\t${path}`]);
      return async () => remote.git('ls-tree', 'main', path);
    },
    spoil: async (set) => void remote.commitEntries([`100644 ${remote.writeBlob('spoilt\n')} 0\t${OURS}/${set}/kustomization.yaml`]),
    reopen: async () => {
      opened.push(open(remote));
      return opened[1]!.sink;
    },
    close: async () => {
      for (const one of opened) await one.close();
      remote.remove();
    },
  };
}

sinkContract('the Git sink', subject, { keepsClaims: false, isAllOrNothing: false });
