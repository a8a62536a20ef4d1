import type { ChangeSet } from '../../constructs';
import type { Placement } from '../git/names';
import { plainText } from '../git/plain-text';

/** What a commit says about one instance. */
export interface CommittedInstance {
  readonly namespace: string;
  readonly name: string;
  readonly action: 'created' | 'configured' | 'deleted' | 'removed';
  /** What changed inside it, by object. */
  readonly changes: ChangeSet;
  readonly generation?: number | undefined;
  readonly digest?: string | undefined;
  /** One word why: `spec-change`, `secret-rotation`. @default - not said */
  readonly reason?: string | undefined;
  /** Who changed the instance: the manager of its fields, or a person. @default - not said */
  readonly changedBy?: string | undefined;
}

/** A whole commit. */
export interface CommitContents {
  readonly cluster: string;
  readonly instances: readonly CommittedInstance[];
  /** Version of this program. */
  readonly engine: string;
}

const LONGEST_SUBJECT = 100;
/** More changes of one instance are counted, not listed. */
const MOST_CHANGES = 30;

/**
 * The message of a commit: a subject for people, a body that lists the changed objects of a single instance, and trailers for programs.
 * Texts of users lose their line ends and control characters, so that none of them can become a trailer.
 */
export function commitMessage({ cluster, instances, engine }: CommitContents): string {
  const paragraphs = [subject(cluster, instances)];
  const [only] = instances;
  if (only && instances.length === 1 && only.changes.length > 0) paragraphs.push(body(only.changes));
  paragraphs.push(trailers(cluster, instances, engine));
  return `${paragraphs.join('\n\n')}\n`;
}

/** Whether a message is one of ours and names this instance among those that were written. */
export function isOwnMessage(message: string, { cluster, namespace, name }: Placement): boolean {
  const lines = message.split('\n');
  const place = `OpenClaw-Instance: ${cluster}/${namespace}/${name}`;
  return lines.some((line) => line.startsWith('OpenClaw-Engine: ')) && lines.some((line) => line === place || line.startsWith(`${place} `));
}

function subject(cluster: string, instances: readonly CommittedInstance[]): string {
  const [only] = instances;
  const what = only && instances.length === 1 ? `${only.namespace}/${only.name} ${only.action}` : `${instances.length} instances`;
  return plainText(`openclaw(${cluster}): ${what}`, LONGEST_SUBJECT);
}

function body(changes: ChangeSet): string {
  const lines = changes.slice(0, MOST_CHANGES).map(({ id, action }) => plainText(`${id} ${action}`));
  const more = changes.length - lines.length;
  // A line of its own words first: a paragraph that reads like trailers could be taken for them.
  return ['Changed files:', ...lines.map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

function trailers(cluster: string, instances: readonly CommittedInstance[], engine: string): string {
  const values = (key: 'reason' | 'changedBy') =>
    [...new Set(instances.map((instance) => plainText(instance[key] ?? '')))].filter((value) => value !== '').toSorted();
  const lines = [
    ...instances.map((instance) => `OpenClaw-Instance: ${instanceTrailer(cluster, instance)}`),
    ...values('reason').map((value) => `OpenClaw-Reason: ${value}`),
    `OpenClaw-Engine: ${plainText(engine)}`,
    ...values('changedBy').map((value) => `OpenClaw-Changed-By: ${value}`),
  ];
  return lines.join('\n');
}

function instanceTrailer(cluster: string, { namespace, name, action, generation, digest }: CommittedInstance): string {
  const place = `${plainText(cluster)}/${plainText(namespace)}/${plainText(name)}`;
  return [
    place,
    ...(generation === undefined ? [] : [`generation=${generation}`]),
    ...(digest === undefined ? [`action=${action}`] : [`digest=${plainText(digest)}`]),
  ].join(' ');
}
