import type { GitFailure } from '../../../controller/decide/outcome';
import { type Pass, SmallCluster, conditionText } from './small-cluster';

/** Releases. */
export const [ONE, TWO] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
export const committed = (digest: string, tree = 't1', commit = 'c1') => ({ git: { state: 'committed', digest, tree, commit } }) as const;
export const pending = (digest: string) => ({ git: { state: 'pending', digest } }) as const;

export function failing(failure: Partial<GitFailure>, digest = ONE) {
  const whole = { code: 'GIT-AUTH', message: 'authentication failed', remedy: 'renew the credential', stalled: true, ...failure };
  return { git: { state: 'pending', digest, failure: whole } } as const;
}

export function inGit(): SmallCluster {
  const cluster = new SmallCluster();
  cluster.delivery = 'git';
  return cluster;
}

/** Committed, applied by an engine, pods ready. */
export function running(): SmallCluster {
  const cluster = inGit();
  cluster.pass(committed(ONE));
  cluster.deploy(ONE).bindClaims().pods(1).pass(committed(ONE));
  return cluster;
}

export function outlineOf(pass: Pass): string {
  return `${pass.status.phase}, ${['Ready', 'Committed', 'Applied'].map((type) => conditionText(pass, type)).join(', ')}`;
}
