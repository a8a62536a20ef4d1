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
  /** The hash of what the commit changes in the cluster. @default - no object changes */
  readonly plan?: string | undefined;
  /** That change in short, a line an object or an instance. @default - the changed files of a single instance */
  readonly lines?: readonly string[] | undefined;
}

const LONGEST_SUBJECT = 100;
/** More changes of one instance are counted, not listed. */
const MOST_CHANGES = 30;

/**
 * The message of a commit: a subject for people, a body that says what changes, and trailers for programs.
 * Texts of users lose their line ends and control characters, so that none of them can become a trailer.
 */
export function commitMessage(contents: CommitContents): string {
  const { cluster, instances, lines = [] } = contents;
  const paragraphs = [subject(cluster, instances)];
  const [only] = instances;
  if (lines.length > 0) paragraphs.push(listed('Changes:', lines));
  else if (only && instances.length === 1 && only.changes.length > 0) {
    const files = only.changes.map(({ id, action }) => `${id} ${action}`);
    paragraphs.push(listed('Changed files:', files));
  }
  paragraphs.push(trailers(contents));
  return `${paragraphs.join('\n\n')}\n`;
}

/** The hash of the plan that a message of ours names. */
export function planIn(message: string): string | undefined {
  return /^OpenClaw-Plan: (sha256:[0-9a-f]{64})$/m.exec(message)?.[1];
}

/** The lines by which a message of ours says what changes. */
export function listedIn(message: string): string[] {
  const [, list = ''] = /^Changes:\n((?: {2}.*\n)+)/m.exec(message) ?? [];
  return list.split('\n').flatMap((line) => (line === '' ? [] : [line.trim()]));
}

/** The instances that a message of ours names, as `cluster/namespace/name`. None of any other message. */
export function instancesIn(message: string): string[] {
  if (!/^OpenClaw-Engine: /m.test(message)) return [];
  return [...message.matchAll(/^OpenClaw-Instance: (\S+)/gm)].map(([, name = '']) => name);
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

/** A line of its own words first: a paragraph that reads like trailers could be taken for them. */
function listed(heading: string, lines: readonly string[]): string {
  const told = lines.slice(0, MOST_CHANGES).map((line) => `  ${spaced(line)}`);
  const more = lines.length - told.length;
  return [heading, ...told, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

/** Columns stay apart. */
function spaced(line: string): string {
  return line
    .split('  ')
    .map((part) => plainText(part))
    .join('  ');
}

function trailers({ cluster, instances, engine, plan }: CommitContents): string {
  const values = (key: 'reason' | 'changedBy') =>
    [...new Set(instances.map((instance) => plainText(instance[key] ?? '')))].filter((value) => value !== '').toSorted();
  const lines = [
    ...instances.map((instance) => `OpenClaw-Instance: ${instanceTrailer(cluster, instance)}`),
    ...values('reason').map((value) => `OpenClaw-Reason: ${value}`),
    ...(plan === undefined ? [] : [`OpenClaw-Plan: ${plan}`]),
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
