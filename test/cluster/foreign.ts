import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { Api, KubeObject } from './api';
import { installCrd } from './custom-resources';
import { cacheFolder } from './programs';

/** CRDs of other projects that our manifests use, taken from their Go modules: never vendored, always this version and sum. */
interface ForeignCrds {
  readonly module: string;
  readonly version: string;
  /** The module's checksum as in a go.sum. */
  readonly sum: string;
  readonly files: readonly string[];
}

export type Foreign = 'traefik' | 'gateway-api' | 'prometheus-operator';

const sources: Readonly<Record<Foreign, ForeignCrds>> = {
  traefik: {
    module: 'github.com/traefik/traefik/v3',
    version: 'v3.7.13',
    sum: 'h1:T8wy9KuaFzCkmXCqAzDy7t73pBDR1DHrJe3pqXpNXTw=',
    files: ['docs/content/reference/dynamic-configuration/traefik.io_middlewares.yaml'],
  },
  'gateway-api': {
    module: 'sigs.k8s.io/gateway-api',
    version: 'v1.3.0',
    sum: 'h1:q6okN+/UKDATola4JY7zXzx40WO4VISk7i9DIfOvr9M=',
    files: ['config/crd/standard/gateway.networking.k8s.io_httproutes.yaml'],
  },
  'prometheus-operator': {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.84.0',
    sum: 'h1:XXm7lKizTnnxeSwI01wjNAapKzw/4XAPdpcZqjRKgRU=',
    files: [
      'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
      'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
    ],
  },
};

const all = Object.keys(sources) as readonly Foreign[];

/** Copies the CRDs that this machine lacks out of their modules, which Go downloads and checks; returns whether it lacked any. */
export function fetchForeignCrds(): boolean {
  const missing = all.filter((foreign) => missingForeignCrds(foreign));
  missing.forEach(fetch);
  return missing.length > 0;
}

/** Why the CRDs cannot be used, or undefined when they are there. */
export function missingForeignCrds(foreign: Foreign): string | undefined {
  const there = crdFiles(foreign).every((file) => existsSync(file));
  return there ? undefined : `CRDs of ${foreign} not fetched: run \`npm run cluster:build\``;
}

/** Creates what is there of the CRDs and waits until the server serves them. */
export async function installForeignCrds(api: Api): Promise<void> {
  const files = all.filter((foreign) => !missingForeignCrds(foreign)).flatMap(crdFiles);
  for (const file of files) {
    const crd: KubeObject = parse(readFileSync(file, 'utf8'));
    await installCrd(api, crd);
  }
}

function fetch(foreign: Foreign): void {
  const { module, version, sum, files } = sources[foreign];
  const target = `${module}@${version}`;
  const { stdout, status, error } = spawnSync('go', ['mod', 'download', '-json', target], { cwd: __dirname, encoding: 'utf8' });
  if (error) throw new Error('go was not found: install Go 1.26 or newer', { cause: error });
  const answer: { Dir?: string; Sum?: string; Error?: string } = JSON.parse(stdout);
  if (status !== 0 || !answer.Dir) throw new Error(`go mod download ${target}: ${answer.Error ?? `ended with ${status}`}`);
  if (answer.Sum !== sum) throw new Error(`${target}: sum ${answer.Sum}, expected ${sum}`);
  mkdirSync(crdFolder(foreign), { recursive: true });
  for (const file of files) copyFileSync(join(answer.Dir, file), join(crdFolder(foreign), basename(file)));
}

function crdFiles(foreign: Foreign): string[] {
  return sources[foreign].files.map((file) => join(crdFolder(foreign), basename(file)));
}

function crdFolder(foreign: Foreign): string {
  return join(cacheFolder(), 'crds', `${foreign}-${sources[foreign].version}`);
}
