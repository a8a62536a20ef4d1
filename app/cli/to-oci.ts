import { openFence } from '../../gitops/git/fence';
import { isDirectoryName } from '../../gitops/git/names';
import type { ExitCode } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { refusePullRequests } from './forge-options';
import { argoOf, artifactSignerOf, artifactsOf, storeFactory } from './oci-options';
import { UsageError } from './options';
import type { Streams } from './streams';
import { type Opened, deliver } from './to-git';

/** `synth --to-oci`: the artifacts that the controller would push. */
export function toOci(paths: readonly string[], values: FlagValues, streams: Streams): Promise<ExitCode> {
  return deliver(paths, values, streams, () => openTag(values));
}

async function openTag(values: FlagValues): Promise<Opened> {
  if (text(values, 'git-url') !== undefined) throw new UsageError('--to-oci and --git-url exclude each other: use --to-git');
  const [cluster, owner] = [text(values, 'cluster-name'), text(values, 'git-owner')];
  const artifacts = artifactsOf(values, cluster ?? 'cluster');
  if (artifacts === undefined || cluster === undefined) throw new UsageError('--to-oci needs --oci-repository and --cluster-name');
  if (!isDirectoryName(cluster)) throw new UsageError(`--cluster-name is "${cluster}": use lower-case letters, digits and '-'`);
  refusePullRequests(values);
  const signer = await artifactSignerOf(values);
  const ownership = { cluster, ...(owner !== undefined && { owner }) };
  const repository = storeFactory(values, artifacts)({ ownership, signer, fence: openFence });
  return { repository, cluster, argo: argoOf(values, artifacts), name: 'the tag' };
}
