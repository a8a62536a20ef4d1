import type { Manifest } from '../../constructs';
import { idOf, refOf, refText } from '../../constructs/wire/object-ref';
import { type LocatedIssue, locateIssue } from '../input/inputs';
import type { SourceDocument } from '../input/read-documents';

/** Names of objects begin with that of their instance and a hyphen, so only names of instances that do so can meet. */
function keyOf({ namespace = '' }: SourceDocument, name: string): string {
  return `${namespace}/${name}`;
}

/**
 * Finds objects that two instances of one run would both make: `x-chromium-data` is the browser profile of `x`, and the data of `x-chromium`. Of two
 * that are applied one would run with the other's data.
 */
export class MeetingNames {
  private readonly candidates = new Set<SourceDocument>();
  private readonly makers = new Map<string, SourceDocument>();

  public constructor(documents: readonly SourceDocument[]) {
    const byName = new Map(documents.map((document) => [keyOf(document, document.name), document]));
    for (const document of documents) {
      const { name } = document;
      for (let end = name.indexOf('-'); end !== -1; end = name.indexOf('-', end + 1)) {
        const other = byName.get(keyOf(document, name.slice(0, end)));
        if (other) this.candidates.add(other).add(document);
      }
    }
  }

  /** Whether the names of a document's objects have to be known. Those of most need not. */
  public concerns(document: SourceDocument): boolean {
    return this.candidates.has(document);
  }

  /** Notes down what a document becomes. @returns an issue for the first object that an earlier one makes as well */
  public add(document: SourceDocument, manifests: readonly Manifest[]): LocatedIssue[] {
    if (!this.concerns(document)) return [];
    const issues: LocatedIssue[] = [];
    for (const manifest of manifests) {
      const id = `${document.namespace ?? ''} ${idOf(manifest)}`;
      const other = this.makers.get(id);
      if (other === undefined) this.makers.set(id, document);
      else if (issues.length === 0) issues.push(meeting(document, other, manifest));
    }
    return issues;
  }
}

function meeting(document: SourceDocument, other: SourceDocument, manifest: Manifest): LocatedIssue {
  const what = refText(refOf(manifest), document.namespace);
  const message = `${what} would be an object of "${document.name}" and of "${other.name}" (${other.file}:${other.line}): rename one of the two instances`;
  return locateIssue(document, { path: 'metadata.name', rule: 'names-meet', severity: 'error', message });
}
