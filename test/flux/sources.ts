import type { KubeObject } from '../cluster/api';
import { fluxNamespace } from './flux';
import type { GitServer } from './git-server';
import { patient } from '../patience/patience.cjs';

/** The GitRepository that fetches `main` of a server's repository every few seconds, and the Secret that lets it in. */
export function sourceObjects({ url, ca, credentials }: GitServer, name: string): KubeObject[] {
  const metadata = { name, namespace: fluxNamespace };
  const { username, password } = credentials;
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { username, password, 'ca.crt': ca } },
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata,
      spec: { url, interval: '2s', timeout: `${patient(20_000)}ms`, ref: { branch: 'main' }, secretRef: { name } },
    },
  ];
}

/** What a Kustomization of a test says; the rest is the same for all. */
export interface KustomizationOptions {
  readonly name: string;
  /** The GitRepository. */
  readonly source: string;
  /** A directory of the repository. */
  readonly path: string;
}

export function kustomization({ name, source, path }: KustomizationOptions): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: fluxNamespace },
    spec: { interval: '10s', retryInterval: '2s', prune: true, path, sourceRef: { kind: 'GitRepository', name: source } },
  };
}

/** A GitRepository that takes only commits signed by a key, and the Secret with that key. */
export function verifiedSource(server: GitServer, name: string, publicKey: string): KubeObject[] {
  const keys = { ...sourceObjects(server, `${name}-keys`)[0]!, stringData: { 'writer.sshpub': publicKey } };
  const objects = sourceObjects(server, name).map((object) =>
    object.kind === 'GitRepository'
      ? { ...object, spec: { ...object['spec'], verify: { mode: 'HEAD', secretRef: { name: `${name}-keys` } } } }
      : object,
  );
  return [keys, ...objects];
}
