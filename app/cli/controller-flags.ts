import { type Flag, help, namespace } from './flag';

/** How commits are made. An install passes these on. */
export const gitFlags = {
  'cluster-name': {
    value: 'NAME',
    variable: 'OPENCLAW_CLUSTER_NAME',
    help: 'git: the folder of this cluster in the repository; never change it',
  },
  'git-url': { value: 'URL', variable: 'OPENCLAW_GIT_URL', help: 'git: the repository, https:// or ssh://' },
  'git-branch': { value: 'BRANCH', variable: 'OPENCLAW_GIT_BRANCH', default: 'main', help: 'git: the branch that is written' },
  'git-username': { value: 'NAME', variable: 'OPENCLAW_GIT_USERNAME', help: 'git: user for https' },
  'git-github-app-id': {
    value: 'ID',
    variable: 'OPENCLAW_GIT_GITHUB_APP_ID',
    help: 'git: in place of a token, a GitHub App that may write the contents of the repository: its number or client id',
  },
  'git-github-app-installation-id': {
    value: 'ID',
    variable: 'OPENCLAW_GIT_GITHUB_APP_INSTALLATION_ID',
    help: 'git: the number of its installation',
  },
  'git-author': {
    value: 'NAME <EMAIL>',
    variable: 'OPENCLAW_GIT_AUTHOR',
    default: 'OpenClaw <openclaw@localhost>',
    help: 'git: author of the commits',
  },
  'git-signing': {
    value: 'HOW',
    variable: 'OPENCLAW_GIT_SIGNING',
    default: 'ssh',
    choices: ['ssh', 'openpgp', 'disabled'],
    help: 'git: how commits are signed; ssh makes a key of its own unless one is given, openpgp is what Argo CD verifies',
  },
  'git-on-foreign-change': {
    value: 'WHAT',
    variable: 'OPENCLAW_GIT_ON_FOREIGN_CHANGE',
    choices: ['replace', 'hold'],
    help: "git: what becomes of somebody else's change in the folder of an instance: replace, or hold, which is the default with pull requests; a revert is held either way",
  },
  'git-approval': {
    value: 'WHAT',
    variable: 'OPENCLAW_GIT_APPROVAL',
    default: 'none',
    choices: ['none', 'risks', 'all'],
    help: 'git: which changes are committed only after somebody has approved their plan, by its hash in the annotation openclaw.rocks/approve-plan: those with risks, or all',
  },
  'git-pull-requests': {
    value: 'HOW',
    variable: 'OPENCLAW_GIT_PULL_REQUESTS',
    default: 'off',
    choices: ['off', 'instance', 'batch'],
    help: 'git: changes go to a branch of their own, for somebody to merge: one branch an instance, or one for all',
  },
  'git-forge': {
    value: 'KIND',
    variable: 'OPENCLAW_GIT_FORGE',
    choices: ['github', 'gitlab', 'gitea', 'gitlab-push-options'],
    help: 'git: who opens the pull requests; gitea is Forgejo too, gitlab-push-options needs no token for an API',
  },
  'git-forge-url': {
    value: 'URL',
    variable: 'OPENCLAW_GIT_FORGE_URL',
    help: 'git: where the API of the forge begins, if not where its kind has it on the host of --git-url; that of a GitHub App too',
  },
  'flux-service-account': {
    value: 'NAME',
    variable: 'OPENCLAW_FLUX_SERVICE_ACCOUNT',
    help: 'git: the ServiceAccount as which Flux applies instances; without it Flux does so by itself, mostly with all rights',
  },
  'flux-namespace': {
    value: 'NAMESPACE',
    variable: 'OPENCLAW_FLUX_NAMESPACE',
    help: 'git: where the GitRepository is and the Kustomizations go; without it flux-system',
  },
  'oci-repository': {
    value: 'URL',
    variable: 'OPENCLAW_OCI_REPOSITORY',
    help: 'oci: in place of --git-url, a repository of a registry, oci://host/path: the same files as signed artifacts',
  },
  'oci-tag': {
    value: 'TAG',
    variable: 'OPENCLAW_OCI_TAG',
    help: 'oci: the tag that moves with each artifact; without it the name of the cluster. No two clusters may share one',
  },
  'oci-signing': {
    value: 'HOW',
    variable: 'OPENCLAW_OCI_SIGNING',
    default: 'cosign',
    choices: ['cosign', 'disabled'],
    help: 'oci: how artifacts are signed; cosign makes a key of its own unless one is given',
  },
  'argocd-project': {
    value: 'NAME',
    variable: 'OPENCLAW_ARGOCD_PROJECT',
    help: 'oci: also write an Application of Argo CD for each instance, in this AppProject',
  },
  'argocd-namespace': {
    value: 'NAMESPACE',
    variable: 'OPENCLAW_ARGOCD_NAMESPACE',
    help: 'oci: where the Applications go; without it argocd',
  },
  'argocd-server': {
    value: 'URL',
    variable: 'OPENCLAW_ARGOCD_SERVER',
    help: 'oci: the API server that Argo CD applies to, as it knows it; without it that of its own cluster',
  },
  'git-create-branch': { help: 'git: begin the branch if the repository does not have it' },
  'flux-source': {
    value: 'NAME',
    variable: 'OPENCLAW_FLUX_SOURCE',
    help: 'git: also write a Flux Kustomization for each instance, for this GitRepository in flux-system',
  },
} as const satisfies Record<string, Flag>;

/** Files with credentials, and what is for tries only. */
export const gitFileFlags = {
  'git-token-file': { value: 'FILE', variable: 'OPENCLAW_GIT_TOKEN_FILE', help: 'git: file with the password or token for https' },
  'git-github-app-key-file': {
    value: 'FILE',
    variable: 'OPENCLAW_GIT_GITHUB_APP_KEY_FILE',
    help: 'git: file with the private key of the GitHub App, in PEM',
  },
  'git-ssh-key-file': { value: 'FILE', variable: 'OPENCLAW_GIT_SSH_KEY_FILE', help: 'git: file with the private key for ssh' },
  'git-known-hosts-file': {
    value: 'FILE',
    variable: 'OPENCLAW_GIT_KNOWN_HOSTS_FILE',
    help: 'git: the host keys that are trusted for ssh',
  },
  'git-forge-token-file': {
    value: 'FILE',
    variable: 'OPENCLAW_GIT_FORGE_TOKEN_FILE',
    help: 'git: file with the token for the API of the forge; without it that of --git-token-file',
  },
  'git-ca-file': { value: 'FILE', variable: 'OPENCLAW_GIT_CA_FILE', help: 'git: certificate authorities for https' },
  'git-signing-key-file': {
    value: 'FILE',
    variable: 'OPENCLAW_GIT_SIGNING_KEY_FILE',
    help: 'git: file with the private key that signs, without a passphrase',
  },
  'oci-docker-config-file': {
    value: 'FILE',
    variable: 'OPENCLAW_OCI_DOCKER_CONFIG_FILE',
    help: 'oci: file with the credential of the registry, as docker login writes it',
  },
  'oci-signing-key-file': {
    value: 'FILE',
    variable: 'OPENCLAW_OCI_SIGNING_KEY_FILE',
    help: 'oci: file with the private key that signs, in PEM without a passphrase: ECDSA on P-256, or Ed25519',
  },
  'oci-plain-http': { help: 'oci: speak with the registry without TLS, for tries and tests' },
  'git-allow-file': { help: 'git: allow a repository on this disk, for tries and tests' },
} as const satisfies Record<string, Flag>;

/** Flags of `controller`. */
export const controllerFlags = {
  delivery: {
    value: 'HOW',
    variable: 'OPENCLAW_DELIVERY',
    default: 'apply',
    choices: ['apply', 'git'],
    help: 'apply: by server-side apply; git: by commits that Flux or Argo CD sync. An annotation openclaw.rocks/delivery on an instance or its namespace overrides it',
  },
  namespace: {
    ...namespace,
    variable: 'POD_NAMESPACE',
    default: 'openclaw-system',
    help: "the controller's own namespace; it keeps a Secret there",
  },
  kubeconfig: { value: 'FILE', variable: 'KUBECONFIG', help: 'how to reach the cluster; in a pod its service account serves' },
  concurrency: { value: 'N', variable: 'OPENCLAW_CONCURRENCY', default: '8', help: 'instances worked on at the same time' },
  'health-port': {
    value: 'PORT',
    variable: 'OPENCLAW_HEALTH_PORT',
    default: '8081',
    help: '/healthz and /readyz; 0 switches them off',
  },
  'metrics-port': {
    value: 'PORT',
    variable: 'OPENCLAW_METRICS_PORT',
    default: '8080',
    help: '/metrics for Prometheus; 0 switches it off',
  },
  'leader-elect': {
    help: 'several may run: the one that holds the Lease works, the others wait with warm caches. Needed with more than one replica',
  },
  'webhook-port': {
    value: 'PORT',
    variable: 'OPENCLAW_WEBHOOK_PORT',
    default: '0',
    help: 'the admission webhook; 0 switches it off',
  },
  'webhook-service': {
    value: 'NAME',
    variable: 'OPENCLAW_WEBHOOK_SERVICE',
    default: 'openclaw-webhook',
    help: 'the Service in front of it, for which the certificate is made',
  },
  'webhook-cert-dir': {
    value: 'DIR',
    variable: 'OPENCLAW_WEBHOOK_CERT_DIR',
    help: 'folder with tls.crt and tls.key that somebody else keeps up, such as cert-manager; without it the controller makes a certificate',
  },
  'hook-port': {
    value: 'PORT',
    variable: 'OPENCLAW_HOOK_PORT',
    default: '0',
    help: 'git: /hooks/git, by which a forge says that something was pushed; 0 switches it off',
  },
  'hook-secret-file': {
    value: 'FILE',
    variable: 'OPENCLAW_HOOK_SECRET_FILE',
    help: 'git: file with the secret of these deliveries, of 16 characters or more; two lines while it is rotated',
  },
  'hook-peers': {
    value: 'NAME',
    variable: 'OPENCLAW_HOOK_PEERS',
    help: 'git: a name that leads to all replicas, so that one that rests can tell the one that works',
  },
  namespaces: {
    value: 'LIST',
    variable: 'OPENCLAW_NAMESPACES',
    help: 'care for instances of these namespaces only, with commas between them: rights there are enough',
  },
  'watch-label': {
    value: 'KEY=VALUE',
    variable: 'OPENCLAW_WATCH_LABEL',
    help: 'care for instances with this label only',
  },
  once: { help: 'look at every instance until all is delivered, then exit: 0 if nothing failed, else 1' },
  'print-rbac': { help: 'print the ServiceAccount and the roles that the controller needs, and exit' },
  ...gitFlags,
  ...gitFileFlags,
  help,
} as const satisfies Record<string, Flag>;
