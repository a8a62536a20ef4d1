import type { GitInstall, InstallOptions } from '../../controller/install/options';
import type { Scope } from '../../controller/objects/scope';
import { GitError } from '../../gitops/git/errors';
import { isDirectoryName } from '../../gitops/git/names';
import { checkPlace } from '../../gitops/git/remote-settings';
import { approvalProblems } from './approval-options';
import { type FlagValues, text } from './flag-values';
import { pullRequestProblems } from './forge-options';
import { gitHubAppProblems } from './github-app-options';
import { passedOn } from './install-flags';
import { artifactsOf, strayArtifactFlags } from './oci-options';
import { UsageError } from './options';
import { scopeOf } from './scope-options';

/** `registry.example.com:5000/team/openclaw:1.2@sha256:...`; a tag or digest is needed, since what moves under a controller is no release. */
const IMAGE = /^[a-z0-9][a-z0-9._:/-]*(?::[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;
const QUANTITY = /^[1-9]\d*(?:\.\d+)?(?:m|[kMG]i?)?$/;
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const AUTHOR = /^[^<>\n]+ <[^<>\s]+>$/;

/**
 * What the flags of `install` say.
 *
 * @throws UsageError with everything that is wrong, a line each
 */
export function installOptions(values: FlagValues): InstallOptions {
  const problems: string[] = [];
  const matching = (flag: string, pattern: RegExp, remedy: string): string | undefined => {
    const value = text(values, flag);
    if (value !== undefined && !pattern.test(value)) problems.push(`--${flag} is "${value}": ${remedy}`);
    return value;
  };
  const quantity = (flag: string): string => matching(flag, QUANTITY, 'use a quantity such as 100m or 512Mi') ?? '';
  const secret = (flag: string): string | undefined => matching(flag, OBJECT_NAME, 'use the name of a Secret');
  const image = matching('image', IMAGE, 'name an image with its tag or digest, such as registry.example.com/openclaw:1.2');
  if (image === undefined) problems.push('--image is missing: the image of the controller, as the Dockerfile of this project builds it');
  const replicas = matching('replicas', /^[1-9]$/, 'use a number from 1 to 9');
  const delivery = matching('delivery', /^(?:apply|git)$/, 'use apply or git') === 'git' ? 'git' : 'apply';
  if (values['no-webhook'] === true && values['cert-manager'] === true) {
    problems.push('--no-webhook and --cert-manager exclude each other: give one');
  }
  matching('git-author', AUTHOR, 'write it like "OpenClaw <openclaw@example.com>"');
  matching('git-signing', /^(?:ssh|openpgp|disabled)$/, 'use ssh, openpgp or disabled');
  const git = gitInstall(
    values,
    { gitSecret: secret('git-secret'), signingSecret: secret('git-signing-secret'), forgeSecret: secret('git-forge-secret') },
    problems,
  );
  if (delivery === 'git' && git === undefined) {
    problems.push('--delivery git needs --cluster-name, --git-secret, and --git-url or --oci-repository');
  }
  problems.push(...approvalProblems(values, delivery));
  if (text(values, 'git-url') !== undefined && text(values, 'oci-repository') !== undefined) {
    problems.push('--git-url and --oci-repository exclude each other: give one');
  }
  matching('oci-signing', /^(?:cosign|disabled)$/, 'use cosign or disabled');
  const options: InstallOptions = {
    namespace: text(values, 'namespace') ?? '',
    image: image ?? '',
    replicas: Number(replicas),
    delivery,
    git,
    webhook: values['no-webhook'] === true ? 'none' : values['cert-manager'] === true ? 'cert-manager' : 'self',
    monitoring: values['service-monitor'] === true,
    resources: {
      cpuRequest: quantity('cpu-request'),
      memoryRequest: quantity('memory-request'),
      memoryLimit: quantity('memory-limit'),
    },
    gitHubSecret: secret('github-secret'),
    hookSecret: secret('hook-secret'),
    scope: scopeIn(values, problems),
  };
  if (options.hookSecret !== undefined && git === undefined) problems.push('--hook-secret needs --git-url or --oci-repository');
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return options;
}

function scopeIn(values: FlagValues, problems: string[]): Scope {
  try {
    return scopeOf(values);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problems.push(error.message);
    return {};
  }
}

interface GitSecrets {
  readonly gitSecret: string | undefined;
  readonly signingSecret: string | undefined;
  readonly forgeSecret: string | undefined;
}

/** `undefined` where no repository is named: flags that only make sense with one are mistakes then. */
function gitInstall(values: FlagValues, { gitSecret, signingSecret, forgeSecret }: GitSecrets, problems: string[]): GitInstall | undefined {
  const cluster = text(values, 'cluster-name');
  const url = text(values, 'git-url') ?? registryUrl(values, cluster, problems);
  const stray = strayArtifactFlags(values);
  if (stray !== undefined) problems.push(stray);
  if (url === undefined) {
    const alone = [
      'cluster-name',
      'git-secret',
      'git-signing-secret',
      'git-forge-secret',
      'git-github-app-id',
      'git-ca',
      'flux-source',
    ].filter((flag) => values[flag] !== undefined);
    if (alone.length > 0) problems.push(`--${alone.join(', --')} ${alone.length > 1 ? 'need' : 'needs'} --git-url: the repository`);
    return undefined;
  }
  const isRegistry = url.startsWith('oci://');
  if (isRegistry) checkRegistryFlags(values, problems);
  const named = isRegistry ? '--oci-repository' : '--git-url';
  if (cluster === undefined) problems.push(`${named} needs --cluster-name: the folder of this cluster in the repository`);
  else if (!isDirectoryName(cluster)) problems.push(`--cluster-name is "${cluster}": use lower-case letters, digits and '-'`);
  if (gitSecret === undefined) problems.push(`${named} needs --git-secret: the Secret with the credential`);
  if (text(values, 'git-signing') === 'openpgp' && signingSecret === undefined) {
    problems.push('--git-signing openpgp needs --git-signing-secret: the Secret with the key');
  }
  if (text(values, 'git-signing') === 'disabled' && signingSecret !== undefined) {
    problems.push('--git-signing disabled and --git-signing-secret exclude each other: drop one');
  }
  if (text(values, 'flux-source') === undefined && (values['flux-service-account'] ?? values['flux-namespace']) !== undefined) {
    problems.push('--flux-service-account and --flux-namespace need --flux-source: the GitRepository of Flux');
  }
  problems.push(...pullRequestProblems(values, url, forgeSecret), ...gitHubAppProblems(values, url, true));
  const hasApp = text(values, 'git-github-app-id') !== undefined;
  if (hasApp && forgeSecret !== undefined) problems.push('--git-github-app-id and --git-forge-secret exclude each other: drop one');
  if (hasApp && text(values, 'git-username') !== undefined)
    problems.push('--git-github-app-id and --git-username exclude each other: drop one');
  try {
    if (!isRegistry) checkPlace(url, text(values, 'git-branch') ?? 'main');
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    problems.push(error.message);
  }
  return { url, flags: flagsOf(values), secret: gitSecret ?? '', hasCa: values['git-ca'] === true, signingSecret, forgeSecret };
}

/** `undefined` where no registry is named. */
function registryUrl(values: FlagValues, cluster: string | undefined, problems: string[]): string | undefined {
  try {
    return artifactsOf(values, cluster ?? 'cluster')?.url;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

/** What the controller would refuse at its start. */
function checkRegistryFlags(values: FlagValues, problems: string[]): void {
  if (values['git-ca'] === true) problems.push('--git-ca is for --git-url: authorities of a registry are those of NODE_EXTRA_CA_CERTS');
  if (text(values, 'oci-signing') === 'disabled' && text(values, 'git-signing-secret') !== undefined) {
    problems.push('--oci-signing disabled and --git-signing-secret exclude each other: drop one');
  }
  if (text(values, 'argocd-project') === undefined && (values['argocd-namespace'] ?? values['argocd-server']) !== undefined) {
    problems.push('--argocd-namespace and --argocd-server need --argocd-project: the AppProject of the Applications');
  }
}

/** As they were given; what is the controller's default stays its own. */
function flagsOf(values: FlagValues): string[] {
  return Object.entries(passedOn).flatMap(([flag, { default: fallback }]) => {
    const value = values[flag];
    if (flag === 'git-url' || flag === 'oci-repository' || value === undefined || value === '' || value === fallback) return [];
    return [value === true ? `--${flag}` : `--${flag}=${String(value)}`];
  });
}
