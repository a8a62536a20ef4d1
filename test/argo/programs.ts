import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '../cluster/programs';

/** What go.mod builds: all of Argo CD is one program, and it renders with kustomize. */
export const packages = {
  argocd: 'github.com/argoproj/argo-cd/v3/cmd',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5',
} as const;

export const argoModule = 'github.com/argoproj/argo-cd/v3';

/** The name by which the one program is called says which of these it is. */
export const components = ['argocd-repo-server', 'argocd-application-controller', 'argocd-applicationset-controller'] as const;

export type ArgoProgram = (typeof components)[number] | 'redis-server';

export const crdFiles = ['application-crd.yaml', 'appproject-crd.yaml', 'applicationset-crd.yaml'] as const;

export const crdFolder = join('manifests', 'crds');

/** The folder of the built programs and the CRDs. Its name says what they were built from, so a complete folder is never stale. */
export function argoFolder(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(__dirname, file))).update('\0');
  hash.update(`${process.platform}/${process.arch}`);
  return join(cacheFolder(), 'argo', hash.digest('hex').slice(0, 16));
}

/** Whether everything that is built is on this machine. */
export function isBuilt(): boolean {
  return [...Object.keys(packages), ...components, ...crdFiles].every((file) => existsSync(join(argoFolder(), file)));
}

/** Where a program stands. Argo CD keeps what it computes in a redis, which is a package of the system. */
export function pathOf(program: ArgoProgram): string {
  return program === 'redis-server' ? (redisServer() ?? program) : join(argoFolder(), program);
}

function redisServer(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'redis-server')).find((file) => existsSync(file));
}

/** Why Argo CD cannot be run, or undefined when all of it is there. */
export function missingArgo(): string | undefined {
  if (!isBuilt()) return 'Argo CD is not built: run `npm run argo:build`';
  return redisServer() === undefined ? 'no redis-server on this machine' : undefined;
}
