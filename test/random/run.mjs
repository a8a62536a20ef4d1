// `npm run test:random`: the cluster tests of random instances with a thousand of each sort. RANDOM_SPECS and RANDOM_SEED are passed on.
import { spawnSync } from 'node:child_process';

const jest = ['jest', '--config', 'jest.cluster.config.cjs', '--runInBand', 'test/cluster/random-specs.test.ts'];
const env = { RANDOM_SPECS: '1000', ...process.env };
const { status } = spawnSync('npx', jest, { env, stdio: 'inherit' });
process.exit(status ?? 1);
