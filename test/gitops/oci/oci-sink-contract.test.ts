import { artifactOf } from '../../../gitops/oci/artifact';
import { treesOf } from '../../../gitops/oci/file-trees';
import { readManifests } from '../../read-manifests';
import { type SinkSubject, sinkContract } from '../../sink-contract';
import { OPTIONS } from '../layouts';
import { RegistryServer } from './registry-server';
import { REPOSITORY, TAG, filesIn, openStore } from './stores';

const OURS = 'clusters/prod-eu/instances/team-a';

/** What others have in the artifact: at its root, and beside our instances. */
const THEIRS = ['README.md', `${OURS}/other/kustomization.yaml`, `${OURS}/notes.txt`];

/** What others do: the same artifact with other files. */
function write(server: RegistryServer, paths: readonly string[], text: string): void {
  const kept = filesIn(server).filter(({ path }) => !paths.includes(path));
  const files = [...kept, ...paths.map((path) => ({ path, bytes: Buffer.from(text) }))];
  const { config, layer, manifest } = artifactOf(files, treesOf(files).root, OPTIONS);
  server.putBlob(config.bytes);
  server.putBlob(layer.bytes);
  server.retag(REPOSITORY, TAG, manifest.bytes);
}

async function subject(): Promise<SinkSubject> {
  const server = await RegistryServer.start();
  const opened = [openStore(server.host)];
  const textAt = (path: string): string | undefined =>
    filesIn(server)
      .find((file) => file.path === path)
      ?.bytes.toString();
  const manifests = (set: string): string[] =>
    filesIn(server)
      .filter(({ path }) => path.startsWith(`${OURS}/${set}/`) && path.endsWith('.yaml') && !path.endsWith('/kustomization.yaml'))
      .flatMap(({ bytes }) => readManifests(bytes.toString()));
  return {
    sink: opened[0]!.sink,
    setOf: ({ id }) => id.split('/').at(-1) ?? '',
    // A push that changes no file shows as well.
    state: async () => [...server.manifests.keys(), server.digestAt(REPOSITORY, TAG)],
    holds: async (set, kind, name) => manifests(set).includes(`${kind} ${name}`),
    plant: async () => write(server, THEIRS, 'theirs\n'),
    planted: async () => THEIRS.map(textAt),
    block: async (set) => {
      const path = `${OURS}/${set}/kustomization.yaml`;
      write(server, [path], 'theirs\n');
      return async () => textAt(path);
    },
    spoil: async (set) => write(server, [`${OURS}/${set}/kustomization.yaml`], 'spoilt\n'),
    reopen: async () => {
      opened.push(openStore(server.host));
      return opened[1]!.sink;
    },
    close: async () => {
      for (const { publisher } of opened) await publisher.close();
      await server.stop();
    },
  };
}

sinkContract('the sink of artifacts', subject, { keepsClaims: false, isAllOrNothing: false });
