import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './programs';

/** The programs that talk to the API server each have a name of their own there, so that the audit log tells them from the tests. */
export type Client = Extract<Program, 'kube-controller-manager' | 'kube-scheduler' | 'kwok'> | 'admin';

const clients: readonly Client[] = ['admin', 'kube-controller-manager', 'kube-scheduler', 'kwok'];

/** Files by which the server knows its clients and they it. */
export interface Credentials {
  /** Where the server makes its certificate. */
  readonly certFolder: string;
  /** That certificate: self-signed, so its own authority. Not there before the server has started. */
  readonly caFile: string;
  readonly tokensFile: string;
  readonly adminToken: string;
  readonly kubeconfigs: Readonly<Record<Client, string>>;
  readonly serviceAccounts: { readonly privateKeyFile: string; readonly publicKeyFile: string };
}

/** Makes the credentials of a new cluster in a folder. */
export function writeCredentials(folder: string, url: string): Credentials {
  const certFolder = join(folder, 'certs');
  mkdirSync(certFolder);
  const caFile = join(certFolder, 'apiserver.crt');
  const tokens = new Map(clients.map((client) => [client, randomBytes(16).toString('hex')]));
  const lines = [...tokens].map(([client, token]) => `${token},${client},${client},"system:masters"\n`);
  const kubeconfig = (client: Client): string => {
    const name = client === 'admin' ? 'kubeconfig' : `${client}.kubeconfig`;
    return writeSecret(folder, name, JSON.stringify(kubeconfigOf(url, caFile, client, tokens.get(client)), undefined, 2));
  };
  return {
    certFolder,
    caFile,
    tokensFile: writeSecret(folder, 'tokens.csv', lines.join('')),
    adminToken: tokens.get('admin') ?? '',
    kubeconfigs: {
      admin: kubeconfig('admin'),
      'kube-controller-manager': kubeconfig('kube-controller-manager'),
      'kube-scheduler': kubeconfig('kube-scheduler'),
      kwok: kubeconfig('kwok'),
    },
    serviceAccounts: writeServiceAccountKeys(folder),
  };
}

function writeServiceAccountKeys(folder: string): Credentials['serviceAccounts'] {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    privateKeyFile: writeSecret(folder, 'service-accounts.key', privateKey),
    publicKeyFile: writeSecret(folder, 'service-accounts.pub', publicKey),
  };
}

function kubeconfigOf(url: string, caFile: string, user: Client, token: string | undefined): object {
  const name = 'openclaw-test';
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
}

function writeSecret(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
