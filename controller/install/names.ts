import { labels } from '../../constructs/wire/names';
import { CONTROLLER } from '../process/rbac';

/** On everything of the install, and the selector of the pods. */
export const LABELS: Readonly<Record<string, string>> = { [labels.name]: CONTROLLER };

/** Where the pods listen. */
export const PORTS = { health: 8081, metrics: 8080, webhook: 9443, hook: 8082 } as const;

/** Where Secrets are mounted. Their files change when they are rotated, and are read anew. */
export const FOLDERS = {
  git: '/var/run/openclaw/git',
  signing: '/var/run/openclaw/signing',
  forge: '/var/run/openclaw/forge',
  webhook: '/var/run/openclaw/webhook',
  hook: '/var/run/openclaw/hook',
} as const;

/** The key of a GitHub App in the Secret of a repository, as Flux and Argo CD call it. */
export const APP_KEY = 'githubAppPrivateKey';

/** The certificate of cert-manager, its issuer and its Secret. The one that the controller makes has another name: neither writes over the other. */
export const CERTIFICATE = 'openclaw-webhook-cert-manager';

/** The Service that leads deliveries of forges to the pods. It is headless: a replica that rests finds the others by it. */
export const HOOK_SERVICE = 'openclaw-controller-hooks';

/** Name and labels of an object of the install. */
export interface Named {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Record<string, string>;
}

/** @param namespace left out for kinds that have none */
export function named(name: string, namespace?: string): Named {
  return { name, ...(namespace !== undefined && { namespace }), labels: { ...LABELS } };
}
