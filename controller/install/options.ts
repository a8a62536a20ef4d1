import type { Scope } from '../objects/scope';
import type { Delivery } from '../observe/observed';

/** What an install of the controller depends on. The defaults are those of the command `install`. */
export interface InstallOptions {
  /** The namespace of the controller; the install makes it. */
  readonly namespace: string;
  /** The image of the controller, with its tag or digest. */
  readonly image: string;
  /** One works, the others wait with warm caches. */
  readonly replicas: number;
  /** What instances without an annotation get. */
  readonly delivery: Delivery;
  /** The repository to commit to. @default - Git mode is not set up */
  readonly git?: GitInstall | undefined;
  /** Who keeps the certificate of the webhook up; `none`: there is no webhook. */
  readonly webhook: 'self' | 'cert-manager' | 'none';
  /** A ServiceMonitor and alerts for the Prometheus operator, whose kinds have to be in the cluster. */
  readonly monitoring: boolean;
  /** For which instances it cares. @default - all of the cluster */
  readonly scope?: Scope | undefined;
  readonly resources: InstallResources;
  /** A Secret whose key `secret` verifies deliveries of forges. @default - they are not served */
  readonly hookSecret?: string | undefined;
  /** A Secret in the namespace of the controller whose key `token` opens private skill packs on GitHub. @default - none */
  readonly gitHubSecret?: string | undefined;
}

/** Quantities as Kubernetes writes them. There is no limit of CPU: work that is slowed down misses the renewal of the Lease. */
export interface InstallResources {
  readonly cpuRequest: string;
  readonly memoryRequest: string;
  readonly memoryLimit: string;
}

export interface GitInstall {
  /** Of the repository; of a registry, `oci://host/path`. */
  readonly url: string;
  /** Flags of the controller that name no file, such as `--git-branch=main`. */
  readonly flags: readonly string[];
  /**
   * A Secret in the namespace of the controller with the credential, under the names that Flux uses: `password` for https,
   * or `githubAppPrivateKey` where the flags name a GitHub App, `identity` and `known_hosts` for ssh; of a registry, `.dockerconfigjson`.
   */
  readonly secret: string;
  /** The Secret has `ca.crt` as well: the authorities that vouch for the server. */
  readonly hasCa: boolean;
  /** A Secret whose key `identity` signs commits, or whose `cosign.key` signs artifacts. @default - the controller makes a key, or signs nothing, as the flags say */
  readonly signingSecret?: string | undefined;
  /** A Secret whose key `token` opens pull requests. @default - the credential of the repository does, or there are none */
  readonly forgeSecret?: string | undefined;
}
