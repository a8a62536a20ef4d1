import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The programs of a cluster, by file name. */
export type Program = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubectl' | 'kwok';

/** Each program's Go package; the versions stand in go.mod. */
export const packages: Readonly<Record<Program, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
};

/** Without an API server and its store there is no cluster at all; the others bring it to life. */
export const apiPrograms: readonly Program[] = ['etcd', 'kube-apiserver'];
export const controllerPrograms: readonly Program[] = ['kube-controller-manager', 'kube-scheduler', 'kwok'];
export const programs: readonly Program[] = [...apiPrograms, ...controllerPrograms, 'kubectl'];

const goMod = readFileSync(join(__dirname, 'go.mod'), 'utf8');

/** The version that go.mod requires of a module, with its `v`. */
export function requiredVersion(module: string): string {
  const line = goMod.split('\n').find((text) => text.replace(/^(require)?\s+/, '').startsWith(`${module} v`));
  const version = /\sv(\S+)/.exec(line ?? '')?.[1];
  if (!version) throw new Error(`test/cluster/go.mod: no version of ${module}`);
  return `v${version}`;
}

/** Kubernetes does not know its own version when built as a module: the linker tells it. */
export function linkerFlags(): string {
  const version = requiredVersion('k8s.io/kubernetes');
  const [major, minor] = version.slice(1).split('.');
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const settings = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s', '-w', ...settings].join(' ');
}

/** What is built or fetched once for a machine and serves every checkout: OPENCLAW_CACHE, else ~/.cache/openclaw-cdk8s. */
export function cacheFolder(): string {
  return process.env['OPENCLAW_CACHE'] || join(homedir(), '.cache', 'openclaw-cdk8s');
}

/** The folder of the built programs. Its name says what they were built from, so a complete folder is never stale. */
export function builtFolder(): string {
  const hash = createHash('sha256');
  for (const text of [goMod, readFileSync(join(__dirname, 'go.sum'), 'utf8'), linkerFlags()]) hash.update(text).update('\0');
  hash.update(`${process.platform}/${process.arch}`);
  return join(cacheFolder(), 'cluster', hash.digest('hex').slice(0, 16));
}

/** Where a program stands: in the envtest folder that KUBEBUILDER_ASSETS names, else among those built here. */
export function findProgram(program: Program): string | undefined {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const folders = assets ? [assets, builtFolder()] : [builtFolder()];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** @throws Error that says how to get a program that is not here */
export function programPath(program: Program): string {
  const path = findProgram(program);
  if (!path) throw new Error(`${program} not built: run \`npm run cluster:build\``);
  return path;
}

/** Why these programs cannot be run, or undefined when all are there. */
export function missingPrograms(wanted: readonly Program[]): string | undefined {
  const missing = wanted.filter((program) => !findProgram(program));
  return missing.length ? `${missing.join(', ')} not built: run \`npm run cluster:build\`` : undefined;
}
