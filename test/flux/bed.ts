import type { Api } from '../cluster/api';
import { removeNamespaces } from '../cluster/controller/instances';
import { installCrds } from '../cluster/install-crds';
import { createNamespace } from '../cluster/namespaces';
import { testCluster } from '../cluster/parts';
import { startFlux } from './flux';
import { followWithFlux, type GitMode, type GitModeOptions, RemoteRepository, startGitMode, unfollow } from './git-mode';
import { type GitServer, startGitServer } from './git-server';

/** A repository, a controller that commits to it, and a Flux that applies what is committed, with all rights. */
export interface FluxBed {
  readonly server: GitServer;
  readonly remote: RemoteRepository;
  readonly mode: GitMode;
  /** A new one, for the instances. */
  readonly namespace: string;
  end(): Promise<void>;
}

export async function beginFluxBed(api: Api, options: GitModeOptions = {}): Promise<FluxBed> {
  const ends: (() => Promise<unknown>)[] = [];
  const end = async (): Promise<void> => {
    for (const one of ends.splice(0).toReversed()) await one();
  };
  try {
    await installCrds(api);
    const server = await startGitServer();
    ends.push(() => server.stop());
    const remote = new RemoteRepository(server);
    ends.push(async () => remote.remove());
    await remote.commitByOther('README.md', 'deployments\n');
    const flux = await startFlux(testCluster());
    ends.push(() => flux.stop());
    const mode = await startGitMode(api, server, options);
    ends.push(() => mode.stop());
    const namespace = await createNamespace(api);
    ends.push(
      () => removeNamespaces(api, [namespace]),
      () => unfollow(api, server),
    );
    await followWithFlux(api, server);
    return { server, remote, mode, namespace, end };
  } catch (error) {
    await end();
    throw error;
  }
}
