import { spawn } from 'node:child_process';
import type { ClusterFiles } from './cluster';
import { findProgram } from './programs';

/** What kubectl said and how it ended. */
export interface KubectlResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl as the cluster's administrator, with `input` on its stdin. A status other than 0 is a result, not an error. */
export async function kubectl(
  cluster: Pick<ClusterFiles, 'kubeconfig' | 'folder'>,
  args: readonly string[],
  input = '',
): Promise<KubectlResult> {
  // One of the server's version is built beside it; the machine's own is next best.
  const program = findProgram('kubectl') ?? 'kubectl';
  // The discovery cache of the person who runs the tests is not ours to fill.
  const options = [`--kubeconfig=${cluster.kubeconfig}`, `--cache-dir=${cluster.folder}/kubectl-cache`];
  const child = spawn(program, [...options, ...args], { env: { ...process.env, KUBECONFIG: '' } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // kubectl may end before it has read its input.
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? 1, stdout, stderr }));
  });
}
