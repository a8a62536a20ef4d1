import { writeFileSync } from 'node:fs';
import type { Access } from './api';

/** Writes a kubeconfig of an account, in the place of the token that a kubelet mounts into a pod; returns the file. */
export function writeAccountFile(file: string, { url, caFile }: Pick<Access, 'url' | 'caFile'>, token: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'pod', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'pod' } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
