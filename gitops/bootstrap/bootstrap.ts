import { App, type Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Manifest } from '../../constructs';
import { GitError } from '../git/errors';
import { isDirectoryName } from '../git/names';
import { checkPlace } from '../git/remote-settings';
import { artifactPlace as checkArtifactPlace } from '../registry/artifact-place';
import { ArgoCdBootstrap } from './argocd';
import { FluxBootstrap } from './flux';
import { type BootstrapSettings, type Engine, type InstancesSource, bootstrapName, isRegistry } from './settings';
import { registrySecretCommand } from './registry-secret';

const FOLDER = /^[A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_][\w.-]*)*$/;

/** How each engine is told. */
const charts: Readonly<Record<Engine, new (scope: Construct, id: string, settings: BootstrapSettings) => Chart>> = {
  argocd: ArgoCdBootstrap,
  flux: FluxBootstrap,
};

/**
 * The objects by which an engine brings what is committed into a cluster, in the order of application. No Secret is among them: `secretCommand`
 * makes the one with the credential.
 *
 * @throws {@link GitError} `GIT-SETTINGS`, `FILE-NAME`
 */
export function bootstrap(settings: BootstrapSettings): Manifest[] {
  check(settings);
  const app = new App();
  const chart = new charts[settings.engine](app, bootstrapName(settings), settings);
  return chart.toJson() as Manifest[];
}

/** Texts that become parts of names and of templates. */
function check({ cluster, repository, branch, namespaces, engineNamespace, server, instances }: BootstrapSettings): void {
  if (isRegistry({ repository })) checkArtifactPlace(repository, branch);
  else checkPlace(repository, branch);
  for (const name of [cluster, engineNamespace, ...namespaces]) {
    if (!isDirectoryName(name))
      throw new GitError('FILE-NAME', `${JSON.stringify(name.slice(0, 80))} is no name: use lower-case letters, digits and '-'`);
  }
  if (namespaces.length === 0) throw new GitError('GIT-SETTINGS', 'no namespace is named, so that nothing could be applied');
  if (!/^https:\/\/[A-Za-z0-9.:[\]-]+(?:\/[A-Za-z0-9._/-]*)?$/.test(server))
    throw new GitError('GIT-SETTINGS', 'the server is no https:// address');
  if (instances) checkInstances(instances, { repository, branch });
}

/** What people write may stand anywhere but among what is made of it: an engine would apply that twice. */
function checkInstances({ branch, path }: InstancesSource, ours: Pick<BootstrapSettings, 'repository' | 'branch'>): void {
  if (isRegistry(ours)) throw new GitError('GIT-SETTINGS', 'the instances are brought from a Git repository, and a registry is none');
  checkPlace(ours.repository, branch);
  if (path !== '.' && !FOLDER.test(path)) {
    const shown = JSON.stringify(path.slice(0, 80));
    throw new GitError(
      'FILE-NAME',
      `${shown} is no folder of a repository: use names of letters, digits, '.', '_' and '-', with '/' between them`,
    );
  }
  if (branch !== ours.branch || !(path === '.' || /^clusters(?:\/|$)/.test(path))) return;
  throw new GitError(
    'GIT-SETTINGS',
    `the instances cannot stand in ${path === '.' ? 'all of the repository' : path} on the branch that the controller writes: name a folder beside clusters/, or another branch`,
  );
}

/**
 * The command by which a person makes the Secret with the credential that lets the engine read. It takes the password from a file, and fails
 * where there is none.
 */
export function secretCommand(settings: BootstrapSettings): string {
  const { engine, engineNamespace, repository } = settings;
  const name = secretName(settings);
  if (isRegistry(settings)) return registrySecretCommand(settings, name);
  const isSsh = !/^https?:/.test(repository);
  const credential = {
    argocd: isSsh ? '--from-file=sshPrivateKey=identity' : '--from-literal=username=git --from-file=password=token',
    flux: isSsh ? '--from-file=identity --from-file=known_hosts' : '--from-literal=username=git --from-file=password=token',
  }[engine];
  const create = `kubectl -n ${engineNamespace} create secret generic ${name}`;
  if (engine === 'flux') return `${create} ${credential}`;
  const label = `kubectl -n ${engineNamespace} label secret ${name} argocd.argoproj.io/secret-type=repository`;
  return `${create} --from-literal=type=git --from-literal=url='${repository}' ${credential} && ${label}`;
}

/** The Secret that holds the credential for reading. */
export function secretName(settings: BootstrapSettings): string {
  return bootstrapName(settings);
}
