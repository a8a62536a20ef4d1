import { ApiError, ConnectionError } from '../../controller/api/errors';
import { SetupError } from '../../controller/api/setup-error';
import { GitError } from '../../gitops/git/errors';
import { RunFailure } from './exit-code';

/** Runs `work`; what the cluster or the repository refuses is told without a stack. A mistake of ours is thrown on. */
export async function starting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw told(cause) ?? cause;
  }
}

function told(cause: unknown): RunFailure | undefined {
  if (cause instanceof SetupError) return new RunFailure(cause.message, { cause });
  if (cause instanceof GitError)
    return new RunFailure(`the repository cannot be used: ${cause.message}; to do: ${cause.remedy}`, { cause });
  if (cause instanceof ConnectionError) return new RunFailure(`the cluster cannot be reached: ${cause.message}`, { cause });
  if (cause instanceof ApiError) return new RunFailure(`the controller cannot start: ${cause.message}${remedyFor(cause)}`, { cause });
  return undefined;
}

function remedyFor({ status }: ApiError): string {
  if (status === 401) return ': renew the credentials of the kubeconfig';
  if (status === 403) return ': give the controller the rights that --print-rbac prints';
  return '';
}

/** Whatever is wrong while the cluster is looked for lies in a kubeconfig, the environment or a plugin, and its message names it. */
export async function finding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof Error ? new RunFailure(cause.message, { cause }) : cause;
  }
}

/** What is served on a port, and the flag that names it. */
export type ListeningPort = 'health' | 'metrics' | 'hook';

const SERVED: Readonly<Record<ListeningPort, string>> = { health: '/healthz and /readyz', metrics: '/metrics', hook: '/hooks/git' };

/** Runs `work`, which listens on a port; a port that cannot be had is told with the flag that changes it. */
export async function listening<T>(port: number, what: ListeningPort, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    const remedy = `name another one by --${what}-port, or 0 for none`;
    throw new RunFailure(`port ${port} for ${SERVED[what]} cannot be opened (${code}): ${remedy}`, { cause });
  }
}
