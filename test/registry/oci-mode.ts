import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { gitFactory } from '../../app/cli/git-options';
import { openFence } from '../../gitops/git/fence';
import { systemClock } from '../../gitops/git/clock';
import type { ArtifactSigner } from '../../gitops/oci/cosign';
import { OciStore } from '../../gitops/oci/oci-store';
import { RegistryStore } from '../../gitops/oci/registry-store';
import { Publisher } from '../../gitops/publish/publisher';
import { RegistrySession } from '../../gitops/registry/session';
import type { Api } from '../cluster/api';
import { type RunningController, startController } from '../cluster/controller/controller';
import { OWNER } from '../gitops/layouts';
import { aRequest } from '../gitops/real/publishing';
import type { RealRegistry } from './artifacts';

const PATH = 'acme/assistants';

/** The repository, as engines name it. */
export function urlOf({ host }: RealRegistry): string {
  return `oci://${host}/${PATH}`;
}

/** Starts the controller as the command line does, with artifacts in place of commits. */
export async function startOciMode(
  api: Api,
  registry: RealRegistry,
  cluster: string,
  engine: Readonly<Record<string, string>>,
): Promise<RunningController> {
  const values = {
    'oci-repository': urlOf(registry),
    'oci-docker-config-file': registry.dockerConfigFile,
    'oci-signing': 'cosign',
    'oci-plain-http': true,
    'cluster-name': cluster,
    'git-on-foreign-change': 'replace',
    ...engine,
  };
  return startController(api, { delivery: 'git', git: gitFactory(values, 'git') });
}

/** What somebody else pushes: an instance under another tag, signed as he likes. */
export async function pushAsOther(registry: RealRegistry, tag: string, signer: ArtifactSigner | undefined): Promise<void> {
  const repository = { host: registry.host, path: PATH };
  const session = new RegistrySession({
    repository,
    credentials: () => registry.credentials,
    actions: 'pull,push',
    plainHosts: new Set([registry.host]),
  });
  const reference = `${registry.host}/${PATH}`;
  const ownership = { cluster: 'prod-eu', owner: OWNER };
  const store = new OciStore({ registry: new RegistryStore(session, reference), reference, tag, ownership, signer, fence: openFence });
  const publisher = new Publisher({ repository: store, clock: systemClock, engine: '0', fence: openFence, times: { quiet: 0 } });
  const result = await publisher.publish(aRequest(tag));
  await publisher.close();
  if (!result.ok) throw result.error;
}

/** Whether anything that the registry keeps holds a text. */
export function everHeld(registry: RealRegistry, text: string): boolean {
  const folder = join(registry.folder, 'data');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('/data') && !file.includes('_uploads'))
    .some((file) => {
      const bytes = readFileSync(join(folder, file));
      const content = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(new Uint8Array(bytes)) : bytes;
      return content.includes(text);
    });
}
