import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cluster/programs';

/** The two of Flux's controllers that bring a repository into a cluster: one fetches, one applies. */
export type FluxProgram = 'source-controller' | 'kustomize-controller';

/** Each program's Go package, which is its module as well; the versions stand in go.mod. */
export const packages: Readonly<Record<FluxProgram, string>> = {
  'source-controller': 'github.com/fluxcd/source-controller',
  'kustomize-controller': 'github.com/fluxcd/kustomize-controller',
};

export const programs = Object.keys(packages) as readonly FluxProgram[];

/** The CRDs that tests use, in the folder of each module's CRDs. */
export const crdFiles: Readonly<Record<FluxProgram, readonly string[]>> = {
  // The controller watches every kind of source, so all of them are needed.
  'source-controller': [
    'source.toolkit.fluxcd.io_buckets.yaml',
    'source.toolkit.fluxcd.io_externalartifacts.yaml',
    'source.toolkit.fluxcd.io_gitrepositories.yaml',
    'source.toolkit.fluxcd.io_helmcharts.yaml',
    'source.toolkit.fluxcd.io_helmrepositories.yaml',
    'source.toolkit.fluxcd.io_ocirepositories.yaml',
  ],
  'kustomize-controller': ['kustomize.toolkit.fluxcd.io_kustomizations.yaml'],
};

export const crdFolder = join('config', 'crd', 'bases');

/** The folder of the built programs and their CRDs. Its name says what they were built from, so a complete folder is never stale. */
export function fluxFolder(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(__dirname, file))).update('\0');
  hash.update(`${process.platform}/${process.arch}`);
  return join(cacheFolder(), 'flux', hash.digest('hex').slice(0, 16));
}

/** Every file that is built or fetched for a program. */
export function filesOf(program: FluxProgram): string[] {
  return [program, ...crdFiles[program]].map((file) => join(fluxFolder(), file));
}

export function isBuilt(program: FluxProgram): boolean {
  return filesOf(program).every((file) => existsSync(file));
}

/** Helm's Go package: a module that Flux reads charts by, so that building it costs seconds. */
export const helmPackage = 'helm.sh/helm/v4/cmd/helm';

/** Where Helm is once it is built. */
export function helmFile(): string {
  return join(fluxFolder(), 'helm');
}

/** Why Helm cannot be run, or undefined. */
export function missingHelm(): string | undefined {
  return existsSync(helmFile()) ? undefined : 'helm is not built: run `npm run flux:build`';
}

/** Why Flux cannot be run, or undefined when all of it is there. */
export function missingFlux(): string | undefined {
  const missing = programs.filter((program) => !isBuilt(program));
  return missing.length ? `${missing.join(', ')} of Flux not built: run \`npm run flux:build\`` : undefined;
}
