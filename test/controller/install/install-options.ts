import type { GitInstall, InstallOptions } from '../../../controller/install/options';

/** What `install --image registry.example.com/openclaw:1.2` asks for. */
export function anInstall(options: Partial<InstallOptions> = {}): InstallOptions {
  return {
    namespace: 'openclaw-system',
    image: 'registry.example.com/openclaw:1.2',
    replicas: 2,
    delivery: 'apply',
    webhook: 'self',
    monitoring: false,
    resources: { cpuRequest: '100m', memoryRequest: '192Mi', memoryLimit: '512Mi' },
    ...options,
  };
}

/** A repository over ssh, with a key to sign by. */
export const sshGit: GitInstall = {
  url: 'ssh://git@git.example.com/assistants',
  flags: ['--cluster-name=prod'],
  secret: 'git-key',
  hasCa: false,
  signingSecret: 'signing-key',
};

/** Every combination that changes which objects there are. */
export const installs: Readonly<Record<string, InstallOptions>> = {
  default: anInstall(),
  'cert-manager': anInstall({ webhook: 'cert-manager' }),
  'no webhook': anInstall({ webhook: 'none' }),
  monitoring: anInstall({ monitoring: true }),
  'git over ssh': anInstall({ delivery: 'git', git: sshGit }),
  'git over https': anInstall({
    delivery: 'git',
    git: { url: 'https://git.example.com/assistants.git', flags: ['--cluster-name=prod'], secret: 'git-token', hasCa: true },
    gitHubSecret: 'github',
  }),
  'a GitHub App': anInstall({
    delivery: 'git',
    git: {
      url: 'https://github.com/acme/assistants',
      flags: [
        '--cluster-name=prod',
        '--git-branch=main',
        '--git-github-app-id=1234',
        '--git-github-app-installation-id=99',
        '--git-approval=all',
      ],
      secret: 'github-app',
      hasCa: false,
    },
  }),
  'pull requests and deliveries': anInstall({
    delivery: 'git',
    git: {
      ...sshGit,
      flags: [...sshGit.flags, '--git-branch=main', '--git-on-foreign-change=hold', '--git-pull-requests=instance', '--git-forge=gitea'],
      forgeSecret: 'forge',
    },
    hookSecret: 'hook',
  }),
  'a registry': anInstall({
    delivery: 'git',
    git: {
      url: 'oci://registry.example.com/platform/assistants',
      flags: ['--cluster-name=prod', '--git-approval=risks', '--oci-tag=blue', '--argocd-project=assistants'],
      secret: 'registry',
      hasCa: false,
      signingSecret: 'cosign',
    },
    namespace: 'assistants',
    hookSecret: 'hook',
  }),
  'some namespaces': anInstall({ scope: { namespaces: ['team-a', 'team-b'] } }),
  'a label': anInstall({ scope: { watchLabel: 'example.com/team=blue' } }),
  'another namespace': anInstall({ namespace: 'assistants' }),
};
