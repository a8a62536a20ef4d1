import { WEBHOOK_SERVICE } from '../webhook/registration';
import { APP_KEY, FOLDERS, HOOK_SERVICE, PORTS } from './names';
import type { GitInstall, InstallOptions } from './options';

/**
 * The arguments of the container. Every port is told, 0 as well: what an install switches off stays off, whatever the program's default is.
 */
export function controllerArguments(options: InstallOptions): string[] {
  const { delivery, git, webhook, namespace, hookSecret, scope: { namespaces, watchLabel } = {} } = options;
  const given = [
    'controller',
    `--delivery=${delivery}`,
    '--leader-elect',
    `--health-port=${PORTS.health}`,
    `--metrics-port=${PORTS.metrics}`,
    `--webhook-port=${webhook === 'none' ? 0 : PORTS.webhook}`,
    ...(webhook === 'none' ? [] : [`--webhook-service=${WEBHOOK_SERVICE}`]),
    ...(webhook === 'cert-manager' ? [`--webhook-cert-dir=${FOLDERS.webhook}`] : []),
    ...(namespaces === undefined ? [] : [`--namespaces=${namespaces.join(',')}`]),
    ...(watchLabel === undefined ? [] : [`--watch-label=${watchLabel}`]),
    ...(git ? gitArguments(git) : []),
    ...(hookSecret === undefined ? [] : hookArguments(namespace)),
  ];
  return given.map(literal);
}

/** Kubernetes puts variables into arguments: `$(NAME)`. */
function literal(argument: string): string {
  return argument.replaceAll('$(', () => '$$(');
}

function gitArguments({ url, flags, hasCa, signingSecret, forgeSecret }: GitInstall): string[] {
  if (url.startsWith('oci://')) return registryArguments(url, flags, signingSecret);
  const isSsh = !/^https?:/.test(url);
  return [
    `--git-url=${url}`,
    ...flags,
    ...(isSsh
      ? [`--git-ssh-key-file=${FOLDERS.git}/identity`, `--git-known-hosts-file=${FOLDERS.git}/known_hosts`]
      : [hasApp(flags) ? `--git-github-app-key-file=${FOLDERS.git}/${APP_KEY}` : `--git-token-file=${FOLDERS.git}/password`]),
    ...(hasCa ? [`--git-ca-file=${FOLDERS.git}/ca.crt`] : []),
    ...(signingSecret === undefined ? [] : [`--git-signing-key-file=${FOLDERS.signing}/identity`]),
    ...(forgeSecret === undefined ? [] : [`--git-forge-token-file=${FOLDERS.forge}/token`]),
  ];
}

function hasApp(flags: readonly string[]): boolean {
  return flags.some((flag) => flag.startsWith('--git-github-app-id='));
}

function registryArguments(url: string, flags: readonly string[], signingSecret: string | undefined): string[] {
  return [
    `--oci-repository=${url}`,
    ...flags,
    `--oci-docker-config-file=${FOLDERS.git}/.dockerconfigjson`,
    ...(signingSecret === undefined ? [] : [`--oci-signing-key-file=${FOLDERS.signing}/cosign.key`]),
  ];
}

function hookArguments(namespace: string): string[] {
  return [`--hook-port=${PORTS.hook}`, `--hook-secret-file=${FOLDERS.hook}/secret`, `--hook-peers=${HOOK_SERVICE}.${namespace}.svc`];
}
