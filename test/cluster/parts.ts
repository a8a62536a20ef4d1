import { Api } from './api';
import type { ClusterFiles } from './cluster';
import { missingForeignCrds } from './foreign';
import { apiPrograms, controllerPrograms, missingPrograms } from './programs';

/**
 * What a cluster test needs: an API server; controllers, scheduler and kubelet; CRDs of another project. A `why` is for parts
 * that others look after: a sentence when the part is missing, undefined when it is there.
 */
export type Part = 'server' | 'controllers' | 'traefik' | 'gateway-api' | 'prometheus-operator' | { readonly why: string | undefined };

/** The variable in which the setup leaves the cluster's files for the tests. */
export const clusterVariable = 'OPENCLAW_TEST_CLUSTER';

/**
 * A `describe` whose tests need parts that a machine may lack. There all its tests are skipped and say why; in CI, where
 * everything can be installed, a missing part fails.
 */
export function describeWith(parts: readonly Part[], title: string, tests: () => void): void {
  const why = parts.map(missing).filter((reason) => reason !== undefined);
  if (why.length === 0) {
    describe(title, tests);
  } else if (isCi()) {
    // oxlint-disable-next-line jest/valid-title -- the title comes from the caller
    describe(title, () => {
      test('finds its parts', () => {
        throw new Error(why.join('; '));
      });
    });
  } else {
    const skipped = `${title} (skipped: ${why.join('; ')})`;
    // Jest's reporter is silent about a file whose tests are all skipped.
    process.stderr.write(`${skipped}\n`);
    describe.skip(skipped, tests);
  }
}

/** The cluster of this run; only inside tests of `describeWith(['server'], ...)`. */
export function testCluster(): ClusterFiles {
  const files = process.env[clusterVariable];
  if (!files) throw new Error('no cluster: run the cluster tests with `npm run test:cluster`');
  const cluster: ClusterFiles = JSON.parse(files);
  return cluster;
}

/** A client of this run's cluster, closed after the last test of the describe block it is asked for in. */
export function testApi(): Api {
  // The cluster is asked for at the first request: jest runs the body of a skipped block too.
  const api = new Api(testCluster);
  afterAll(() => api.close());
  return api;
}

function missing(part: Part): string | undefined {
  if (typeof part === 'object') return part.why;
  if (part === 'server') return missingPrograms(apiPrograms);
  if (part === 'controllers') return missingPrograms([...apiPrograms, ...controllerPrograms]);
  return missingForeignCrds(part);
}

function isCi(): boolean {
  return Boolean(process.env['CI']) && process.env['CI'] !== 'false';
}
