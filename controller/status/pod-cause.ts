import type { ContainerFact, PodFact } from '../observe/pod-facts';
import type { Observed } from '../observe/observed';
import { withoutSecrets } from './text';

/** One container tells the cause; more than this many would only repeat it. */
const MOST_CONTAINERS = 3;

/** What a kubelet says while all goes as it should. */
const UNDER_WAY = new Set(['', 'ContainerCreating', 'PodInitializing']);

/** A pull that fails is said in two words, by turns: as one, it is news once. */
const SAME_WORD: Readonly<Record<string, string>> = { ErrImagePull: 'ImagePullBackOff' };

/**
 * Why a container does not get ready. Nothing that moves while the cause stays is in it: no counts, and no pause before the next try; and the
 * same is said of one that waits to be started again and of one that has just been.
 */
function containerCause({ name, isReady, waiting, ended }: ContainerFact): string | undefined {
  if (isReady) return undefined;
  if (ended && ended.exitCode !== 0) {
    const why = ended.reason === '' || ended.reason === 'Error' ? '' : ` (${ended.reason})`;
    return `container ${name} ends with exit code ${ended.exitCode}${why}${said(ended.message)}`;
  }
  if (waiting === undefined || UNDER_WAY.has(waiting.reason)) return undefined;
  const reason = SAME_WORD[waiting.reason] ?? waiting.reason;
  // The message of a pull moves between the error and the pause.
  const isPull = reason === 'ImagePullBackOff';
  return `container ${name} waits: ${reason}${isPull || reason === 'CrashLoopBackOff' ? '' : said(waiting.message)}`;
}

function said(message: string): string {
  return message === '' ? '' : `: ${withoutSecrets(message)}`;
}

function podCause({ name, unscheduled, failed, containers }: PodFact): string | undefined {
  if (failed) return `pod ${name} failed: ${failed.reason}${said(failed.message)}`;
  if (unscheduled !== undefined) return `pod ${name} runs on no node${said(unscheduled)}`;
  const causes = containers.flatMap((container) => containerCause(container) ?? []);
  return causes.length === 0 ? undefined : causes.slice(0, MOST_CONTAINERS).join(', ');
}

/** Why pods do not get ready, in words of the cluster; `undefined` where nothing but time is missing. */
export function podsCause({ pods = [], podRefusal }: Pick<Observed, 'pods' | 'podRefusal'>): string | undefined {
  const causes = new Set(pods.filter(({ deletionTimestamp }) => deletionTimestamp === undefined).flatMap((pod) => podCause(pod) ?? []));
  if (causes.size > 0) return [...causes].join('; ');
  // An old refusal says nothing once there is a pod.
  return pods.length === 0 && podRefusal !== undefined ? `no pod can be made${said(podRefusal)}` : undefined;
}
