import { type ChangeSet, isError } from '../../constructs';
import type { LocatedIssue } from '../input/inputs';
import type { SourceDocument } from '../input/read-documents';
import { secretCommand } from './secret-command';
import type { MissingReference, Synthesis } from './synthesize';

/** Text of a user's, such as a key or a file name, must not steer the terminal, nor look like a line of ours. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

function plain(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `file:line:column: error: path: message`, the form that editors jump to. */
export function issueLine({ file, line, column, severity, path, message }: LocatedIssue): string {
  return plain(`${file}:${line}:${column}: ${severity}: ${path === '' ? '' : `${path}: `}${message}`);
}

function objectName({ namespace, name }: { readonly namespace: string | undefined; readonly name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function missingLines(reference: MissingReference): string[] {
  const { kind, name, keys, purpose, generate, namespace } = reference;
  const detail = keys.length > 0 ? `${purpose}; keys: ${keys.join(', ')}` : purpose;
  const line = plain(`  ${kind} ${objectName(reference)} (${detail})`);
  return generate === undefined ? [line] : [line, `    ${secretCommand(name, namespace, generate)}`];
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Everything that a person should know about a run, as lines for standard error. */
export function reportLines({ sets, issues, missing }: Synthesis, ignored: readonly SourceDocument[]): string[] {
  const errors = issues.filter(isError);
  const lines = issues.map(issueLine);
  for (const { kind, name, file, line } of ignored) {
    lines.push(plain(`${file}:${line}: note: ${kind} ${name} is left out: nothing is made of it`));
  }
  if (errors.length > 0) return [...lines, `${plural(errors.length, 'error')}; nothing was written`];
  for (const set of sets)
    lines.push(`${objectName({ namespace: set.namespace, name: set.name })}: ${plural(set.manifests.length, 'object')}`);
  if (missing.length === 0) return lines;
  return [...lines, 'These must exist in the cluster before the pods can start:', ...missing.flatMap(missingLines)];
}

/** What a file sink did, for standard error. Unchanged files are counted only. */
export function changeLines(changes: ChangeSet, folder: string): string[] {
  const unchanged = changes.filter(({ action }) => action === 'unchanged').length;
  const lines = changes.filter(({ action }) => action !== 'unchanged').map(({ id, action }) => `${folder}/${id}: ${action}`);
  return unchanged > 0 ? [...lines, `${plural(unchanged, 'file')} unchanged`] : lines;
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
