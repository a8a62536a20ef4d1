import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gitFactory } from '../../app/cli/git-options';
import { bootstrap } from '../../gitops/bootstrap/bootstrap';
import { deliveredGrants, deliveredKinds } from '../../gitops/bootstrap/delivered-kinds';
import { OWN_SERVER, bootstrapName } from '../../gitops/bootstrap/settings';
import { type KubeObject, ok, type Api } from '../cluster/api';
import { startController, type RunningController, type StartOptions } from '../cluster/controller/controller';
import type { ObjectRef } from '../cluster/api';
import { fluxNamespace } from './flux';
import { kustomization, sourceObjects } from './sources';
import type { GitServer } from './git-server';

const run = promisify(execFile);

/** The name of the cluster in the repository. */
export const cluster = 'test';

/** Where the objects of Flux for all instances stand. */
const fluxPath = `./clusters/${cluster}/flux`;

/** A repository as others see it: what the controller wrote, and what other people write. */
export class RemoteRepository {
  private readonly clone = mkdtempSync(join(tmpdir(), 'openclaw-other-'));

  public constructor(private readonly server: GitServer) {}

  /** Git in the bare repository. */
  public async git(...args: string[]): Promise<string> {
    return (await run('git', ['-C', this.server.path, ...args], { maxBuffer: 2 ** 26 })).stdout;
  }

  /** Paths below a directory on the branch. */
  public async files(below = ''): Promise<string[]> {
    const list = await this.git('ls-tree', '-r', '--name-only', 'main');
    return list.split('\n').filter((path) => path !== '' && path.startsWith(below));
  }

  public async read(path: string): Promise<string> {
    return this.git('show', `main:${path}`);
  }

  public async commits(): Promise<number> {
    return Number(await this.git('rev-list', '--count', 'main'));
  }

  /** Somebody else's commit of one file; the first one begins the branch. */
  public async commitByOther(path: string, text: string): Promise<void> {
    await this.atTip();
    mkdirSync(dirname(join(this.clone, path)), { recursive: true });
    writeFileSync(join(this.clone, path), text);
    await this.inClone('add', '.');
    await this.inClone('commit', '-qm', 'by hand');
    await this.inClone('push', '-q', this.server.path, 'HEAD:main');
  }

  /** Somebody else's `git revert` of the newest commit; returns the new one. */
  public async revertByOther(): Promise<string> {
    await this.atTip();
    await this.inClone('revert', '--no-edit', 'HEAD');
    await this.inClone('push', '-q', this.server.path, 'HEAD:main');
    return (await this.git('rev-parse', 'main')).trim();
  }

  /** Whether any version of any file ever held a text. */
  public async everHeld(text: string): Promise<boolean> {
    const objects = await this.git('rev-list', '--objects', '--all', '--filter=object:type=blob', '--filter-provided-objects');
    for (const line of objects.split('\n').filter(Boolean)) {
      if ((await this.git('cat-file', 'blob', line.split(' ')[0] ?? '')).includes(text)) return true;
    }
    return false;
  }

  public remove(): void {
    rmSync(this.clone, { recursive: true, force: true });
  }

  private async inClone(...args: string[]): Promise<void> {
    await run('git', ['-C', this.clone, '-c', 'user.name=Jane', '-c', 'user.email=jane@example.org', ...args]);
  }

  private async atTip(): Promise<void> {
    await this.inClone('init', '-q', '--initial-branch=main');
    const isBegun = (await this.git('branch', '--list', 'main')) !== '';
    if (isBegun) {
      await this.inClone('fetch', '-q', this.server.path, 'main');
      await this.inClone('reset', '-q', '--hard', 'FETCH_HEAD');
    }
  }
}

/** The files of an instance that are an object each as `synth` writes it: not what Git mode puts beside them. */
export async function manifestPaths(remote: RemoteRepository, namespace: string, name: string): Promise<string[]> {
  const directory = `clusters/${cluster}/instances/${namespace}/${name}/`;
  const own = ['kustomization.yaml', `configmap.${name}-release.yaml`].map((file) => `${directory}${file}`);
  return (await remote.files(directory)).filter((path) => path.endsWith('.yaml') && !own.includes(path));
}

/** A controller that commits to a server, and Flux told to follow. */
export interface GitMode extends RunningController {
  /** What a person does who rotates the token: the file of the Secret has the new one. */
  writeToken(token: string): void;
}

export interface GitModeOptions extends StartOptions {
  /** Its folder in the repository. @default cluster */
  readonly folder?: string;
  /** @default - Flux delivers */
  readonly engine?: 'argocd';
  /** The set-up that `gitops init` writes, by its name. @default - a source of the tests, and Flux with all rights */
  readonly setUp?: string;
  /** An armored private key of OpenPGP that signs. @default - an SSH key that the controller makes */
  readonly signingKey?: string;
}

/** Starts the controller in Git mode, as the command line does. */
export async function startGitMode(
  api: Api,
  server: GitServer,
  { folder: clusterName = cluster, engine, setUp, signingKey, ...start }: GitModeOptions = {},
): Promise<GitMode> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-token-'));
  const tokenFile = join(folder, 'token');
  const writeToken = (token: string): void => writeFileSync(tokenFile, `${token}\n`);
  writeToken(server.credentials.password);
  const keyFile = join(folder, 'key.asc');
  if (signingKey !== undefined) writeFileSync(keyFile, signingKey, { mode: 0o600 });
  const values = {
    'git-url': server.url,
    'git-branch': 'main',
    'cluster-name': clusterName,
    'git-username': server.credentials.username,
    'git-token-file': tokenFile,
    'git-ca-file': server.caFile,
    'git-author': 'OpenClaw <openclaw@example.org>',
    ...(signingKey === undefined ? { 'git-signing': 'ssh' } : { 'git-signing': 'openpgp', 'git-signing-key-file': keyFile }),
    'git-on-foreign-change': 'replace',
    ...(engine === undefined && { 'flux-source': setUp ?? sourceName, 'flux-service-account': setUp }),
  };
  const running = await startController(api, { ...start, delivery: 'git', git: gitFactory(values, 'git') });
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...running, stop, writeToken };
}

const sourceName = 'deploy';

/** The GitRepository, and the one Kustomization that brings those of the instances. */
export async function followWithFlux(api: Api, server: GitServer): Promise<void> {
  for (const object of sourceObjects(server, sourceName)) ok(await api.apply(object, { force: true }));
  ok(await api.apply(kustomization({ name: 'instances', source: sourceName, path: fluxPath }), { force: true }));
}

/** What `gitops init` writes for these namespaces, looking more often, and the Secret that lets Flux in. */
export function fluxSetUp({ url, ca, credentials }: GitServer, namespaces: readonly string[]): KubeObject[] {
  const name = bootstrapName({ cluster });
  const settings = {
    cluster,
    repository: url,
    branch: 'main',
    namespaces,
    kinds: deliveredKinds(),
    grants: deliveredGrants(),
    engineNamespace: fluxNamespace,
  };
  const objects = bootstrap({ engine: 'flux', server: OWN_SERVER, ...settings });
  const { username, password } = credentials;
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: fluxNamespace },
    stringData: { username, password, 'ca.crt': ca },
  };
  return [secret, ...(JSON.parse(JSON.stringify(objects).replaceAll('"1m"', '"2s"')) as KubeObject[])];
}

/** Takes Flux's own objects away while it still runs: they wait for it. */
export async function unfollow(api: Api, server: GitServer): Promise<void> {
  const root = kustomization({ name: 'instances', source: sourceName, path: fluxPath });
  await api.delete(root);
  await api.waitForGone(root, 30_000);
  for (const object of sourceObjects(server, sourceName)) {
    await api.delete(object);
    await api.waitForGone(object, 30_000);
  }
}

/** Asks Flux to look at an object of its own now. */
export async function nudge(api: Api, object: ObjectRef): Promise<void> {
  ok(await api.patch(object, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() } } }));
}
