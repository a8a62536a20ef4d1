import { type BootstrapSettings, cosignSecret, isRegistry } from './settings';

/** The command that makes the Secret by which an engine reads artifacts. It takes the credential from a file, and fails where there is none. */
export function registrySecretCommand({ engine, engineNamespace, repository }: BootstrapSettings, name: string): string {
  const create = `kubectl -n ${engineNamespace} create secret`;
  if (engine === 'flux') return `${create} generic ${name} --type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson=config.json`;
  const label = `kubectl -n ${engineNamespace} label secret ${name} argocd.argoproj.io/secret-type=repository`;
  const content = `--from-literal=type=oci --from-literal=url='${repository}' --from-file=username --from-file=password`;
  return `${create} generic ${name} ${content} && ${label}`;
}

/** The command that gives Flux the public key of the artifacts; `undefined` where nothing is verified. Argo CD verifies no artifacts. */
export function keyCommand(settings: BootstrapSettings, controllerNamespace: string): string | undefined {
  const { engine, engineNamespace, isSigned = true } = settings;
  if (engine !== 'flux' || !isSigned || !isRegistry(settings)) return undefined;
  const read = `kubectl -n ${controllerNamespace} get secret openclaw-controller-cosign-key -o jsonpath='{.data.cosign\\.pub}' | base64 -d`;
  return `${read} > cosign.pub && kubectl -n ${engineNamespace} create secret generic ${cosignSecret(settings)} --from-file=cosign.pub`;
}
