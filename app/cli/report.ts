import { type ChangeSet, isError } from '../../constructs';
import type { LocatedIssue } from '../input/inputs';
import type { Note, SourceDocument } from '../input/read-documents';
import { createCommand } from './create-command';
import { type Paint, plainPaint } from './paint';
import type { MissingReference, Synthesis } from './synthesize';

/** How much is told. */
export interface Detail {
  /** Errors only. */
  readonly quiet: boolean;
  /** All of every list. */
  readonly verbose: boolean;
  readonly paint: Paint;
  /** The same command line for `openclaw-cdk8s secrets`. @default - the files cannot be read again */
  readonly secretsCommand?: string | undefined;
}

/** Lists that are longer are cut, or counted: of thousands of lines nobody reads one. */
const BRIEF = 20;

/** Text of a user's, such as a key or a file name, must not steer the terminal, nor look like a line of ours. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

function plain(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `file:line:column: error: path: message`, the form that editors jump to. */
export function issueLine({ file, line, column, severity, path, message }: LocatedIssue, paint: Paint = plainPaint): string {
  return `${plain(`${file}:${line}:${column}`)}: ${paint(severity)}: ${plain(`${path === '' ? '' : `${path}: `}${message}`)}`;
}

function noteLine({ file, line, message }: Note, paint: Paint): string {
  return `${plain(`${file}:${line}`)}: ${paint('note')}: ${plain(message)}`;
}

function objectName({ namespace, name }: { readonly namespace?: string | undefined; readonly name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function missingLines(reference: MissingReference): string[] {
  const { kind, keys, purpose } = reference;
  const detail = keys.length > 0 ? `${purpose}; keys: ${keys.join(', ')}` : purpose;
  const line = `  ${kind} ${objectName(reference)} (${detail})`;
  const command = createCommand(reference);
  return command === undefined ? [plain(line)] : [plain(line), plain(`    ${command}`)];
}

export function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** How many of each, most first: `4990 image/latest, 3 secret-text`. */
function counts(names: readonly string[]): string {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return [...found]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** The issues in their order; of each rule the first ones, and then how many more there are. */
function issueLines(issues: readonly LocatedIssue[], { verbose, paint }: Detail): string[] {
  if (verbose) return issues.map((issue) => issueLine(issue, paint));
  const told = new Map<string, number>();
  const shown: LocatedIssue[] = [];
  const more: LocatedIssue[] = [];
  for (const issue of issues) {
    const key = `${issue.severity} ${issue.rule}`;
    const before = told.get(key) ?? 0;
    told.set(key, before + 1);
    (before < BRIEF ? shown : more).push(issue);
  }
  const lines = shown.map((issue) => issueLine(issue, paint));
  for (const severity of ['error', 'warning'] as const) {
    const left = more.filter((issue) => issue.severity === severity);
    if (left.length > 0)
      lines.push(`${plural(left.length, `more ${severity}`)} (${counts(left.map(({ rule }) => rule))}); --verbose tells all`);
  }
  return lines;
}

function noteLines(notes: readonly Note[], { verbose, paint }: Detail): string[] {
  const shown = verbose ? notes : notes.slice(0, BRIEF);
  const lines = shown.map((note) => noteLine(note, paint));
  return shown.length === notes.length ? lines : [...lines, `${notes.length - shown.length} more left out; --verbose tells all`];
}

function setLines(sets: Synthesis['sets'], { verbose }: Detail): string[] {
  if (verbose || sets.length <= BRIEF) return sets.map((set) => plain(`${objectName(set)}: ${plural(set.manifests.length, 'object')}`));
  const objects = sets.reduce((sum, { manifests }) => sum + manifests.length, 0);
  return [`${plural(sets.length, 'instance')}: ${plural(objects, 'object')}`];
}

function referenceLines(missing: readonly MissingReference[], { verbose, secretsCommand }: Detail): string[] {
  if (missing.length === 0) return [];
  const hasSecrets = missing.some(({ kind, keys, generate }) => kind === 'Secret' && (keys.length > 0 || generate !== undefined));
  const hint =
    hasSecrets && secretsCommand !== undefined
      ? [plain(`All of the Secrets by this program, which needs no other one: ${secretsCommand}`)]
      : [];
  if (verbose || missing.length <= BRIEF)
    return ['These must exist in the cluster before the pods can start:', ...missing.flatMap(missingLines), ...hint];
  const kinds = counts(missing.map(({ kind }) => kind));
  return [
    `${missing.length} objects must exist in the cluster before the pods can start (${kinds}); --verbose tells each with its command`,
    ...hint,
  ];
}

/** Everything that a person should know about a run, as lines for standard error. */
export function reportLines({ sets, issues, missing }: Synthesis, notes: readonly Note[], detail: Detail): string[] {
  const errors = issues.filter(isError);
  if (detail.quiet) return issueLines(errors, detail);
  const lines = [...issueLines(issues, detail), ...noteLines(notes, detail)];
  if (errors.length > 0) return [...lines, `${plural(errors.length, 'error')}; nothing was written`];
  return [...lines, ...setLines(sets, detail), ...referenceLines(missing, detail)];
}

/** What a file sink did, or would do, for standard error. Unchanged files are counted only. */
export function changeLines(changes: ChangeSet, folder: string, { verbose }: Detail): string[] {
  const unchanged = changes.filter(({ action }) => action === 'unchanged').length;
  const changed = changes.filter(({ action }) => action !== 'unchanged');
  const lines =
    verbose || changed.length <= BRIEF
      ? changed.map(({ id, action }) => `${folder}/${id}: ${action}`)
      : [`${folder}: ${counts(changed.map(({ action }) => action))}`];
  return unchanged > 0 ? [...lines, `${plural(unchanged, 'file')} unchanged`] : lines;
}

/** Files of instances that are gone: they stay until somebody wants them deleted. */
export function leftoverLines(files: readonly string[], folder: string, { verbose }: Detail): string[] {
  if (files.length === 0) return [];
  const shown = verbose || files.length <= BRIEF ? files.map((file) => `${folder}/${file}: no instance makes it any more`) : [];
  return [...shown, `${plural(files.length, 'file')} without an instance stay; --prune deletes them`];
}

/** What the deletion of files does to a cluster: nothing by itself, and all at once where an engine watches the folder. */
export function deletionLines(changes: ChangeSet): string[] {
  if (!changes.some(({ action }) => action === 'deleted')) return [];
  return [
    'A deleted file deletes nothing in a cluster by itself: kubectl delete does, with the objects of the old file.',
    'Where Flux or Argo CD prune what this folder no longer has, the pod, its Service and its configuration go at the next sync.',
  ];
}

/** The same for machines. */
export function reportJson({ issues, missing }: Synthesis, instances: readonly SourceDocument[]): string {
  return `${JSON.stringify(
    {
      valid: !issues.some(isError),
      instances: instances.map(({ file, line, namespace, name }) => ({ file, line, namespace, name })),
      issues: issues.map(({ file, line, column, path, rule, severity, message }) => ({
        file,
        line,
        column,
        path,
        rule,
        severity,
        message,
      })),
      references: missing.map(({ kind, namespace, name, keys, purpose, path }) => ({ kind, namespace, name, keys, purpose, path })),
    },
    null,
    2,
  )}\n`;
}
