import { controllerFlags, gitFlags } from './controller-flags';
import { type Flag, help, namespace } from './flag';

/** An install is a text that depends on its command line alone: the variables that a controller reads say nothing here. */
function withoutVariable<const T extends Flag>({ variable: _variable, ...flag }: T): Omit<T, 'variable'> {
  return flag;
}

/** Flags of the controller that an install passes on, as they are given. */
export const passedOn = Object.fromEntries(Object.entries<Flag>(gitFlags).map(([name, flag]) => [name, withoutVariable(flag)]));

/** Flags of `install`. */
export const installFlags = {
  print: { help: 'write everything to standard output: what happens without --output-dir' },
  'output-dir': { short: 'd', value: 'DIR', help: 'write files into this folder' },
  format: {
    value: 'FORMAT',
    default: 'yaml',
    choices: ['yaml', 'kustomize', 'helm'],
    help: 'yaml: one file for kubectl; kustomize: a base; helm: a chart, whose values begin as these flags say. The last two need --output-dir',
  },
  check: {
    help: 'compare a cluster with what would be written, and say what it lacks; writes nothing, and ends with 1 where there is anything',
  },
  kubeconfig: withoutVariable({ ...controllerFlags.kubeconfig, help: 'check: how to reach the cluster' }),
  namespace: { ...namespace, default: 'openclaw-system', help: 'the namespace of the controller, which is made' },
  image: { value: 'IMAGE', help: 'the image of the controller, with its tag or digest' },
  replicas: { value: 'N', default: '2', help: 'one works, the others wait with warm caches' },
  delivery: withoutVariable(controllerFlags.delivery),
  namespaces: withoutVariable(controllerFlags.namespaces),
  'watch-label': withoutVariable(controllerFlags['watch-label']),
  'no-webhook': { help: 'no admission webhook: mistakes that the CRDs do not know are told in conditions only' },
  'cert-manager': { help: 'cert-manager keeps up the certificate of the webhook, and not the controller' },
  'service-monitor': { help: 'a ServiceMonitor and alerts, for the Prometheus operator' },
  'cpu-request': { value: 'QUANTITY', default: '100m', help: 'CPU that a pod of the controller asks for; it has no limit' },
  'memory-request': { value: 'QUANTITY', default: '192Mi', help: 'memory that it asks for' },
  'memory-limit': { value: 'QUANTITY', default: '512Mi', help: 'memory that it may use' },
  'github-secret': { value: 'NAME', help: 'a Secret in that namespace: its key token opens private skill packs' },
  'hook-secret': {
    value: 'NAME',
    help: 'git: serve /hooks/git, by which a forge says that something was pushed: a Secret in that namespace, with its key secret',
  },
  'git-secret': {
    value: 'NAME',
    help: 'git: a Secret in that namespace with the credential: password for https, or githubAppPrivateKey with --git-github-app-id; identity and known_hosts for ssh, .dockerconfigjson for a registry',
  },
  'git-ca': { help: 'git: that Secret has ca.crt as well, the authorities that vouch for the server' },
  'git-signing-secret': {
    value: 'NAME',
    help: 'git: a Secret in that namespace: its key identity signs commits, or its cosign.key artifacts',
  },
  'git-forge-secret': {
    value: 'NAME',
    help: 'git: a Secret in that namespace: its key token opens pull requests; without it the password of --git-secret does',
  },
  ...passedOn,
  help,
} satisfies Record<string, Flag>;
