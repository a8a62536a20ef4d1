import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bootstrapName } from '../../gitops/bootstrap/settings';
import type { Api } from '../cluster/api';
import type { GitServer } from '../flux/git-server';
import { argoNamespace } from './argo';
import { applicationRef } from './follow';

const run = promisify(execFile);

/** Ends the telling. */
export type Untell = () => Promise<void>;

/**
 * Tells Argo CD of every commit on `main`, as its own webhook does: of the Applications whose files changed, which is what `manifest-generate-paths`
 * is for, and of the ApplicationSet. A test whose Argo CD looks by itself every few seconds spends the processors on looking.
 */
export function tellOfCommits(api: Api, server: GitServer, cluster: string): Untell {
  const stop = new AbortController();
  const telling = (async () => {
    let told = '';
    while (!stop.signal.aborted) {
      const tip = await git(server, 'rev-parse', 'main').catch(() => told);
      if (tip !== told) await tell(api, cluster, await changed(server, told, tip));
      told = tip;
      await delay(500);
    }
  })();
  return async () => {
    stop.abort();
    await telling;
  };
}

async function git({ path }: GitServer, ...args: string[]): Promise<string> {
  return (await run('git', ['-C', path, ...args], { maxBuffer: 2 ** 26 })).stdout.trim();
}

async function changed(server: GitServer, from: string, to: string): Promise<string[]> {
  const list = from === '' ? ['ls-tree', '-r', '--name-only', to] : ['diff', '--name-only', '--no-renames', from, to];
  return (await git(server, ...list)).split('\n');
}

async function tell(api: Api, cluster: string, paths: readonly string[]): Promise<void> {
  const applications = new Map(
    paths.flatMap((path) => {
      const [, of, kind, namespace = '', name = ''] = path.split('/');
      return of === cluster && kind === 'instances' ? [[`${namespace}/${name}`, applicationRef(cluster, namespace, name)] as const] : [];
    }),
  );
  const set = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: bootstrapName({ cluster }), namespace: argoNamespace },
  };
  // Any of them may be yet to come, or gone: then there is nobody to tell.
  await api.patch(set, { metadata: { annotations: { 'argocd.argoproj.io/application-set-refresh': 'true' } } });
  for (const one of applications.values()) await api.patch(one, { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } });
}
