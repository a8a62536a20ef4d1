import { parseAllDocuments } from 'yaml';

/** `Kind name` of every document of a text. */
export function readManifests(text: string): string[] {
  return parseAllDocuments(text).map((document) => {
    const { kind, metadata } = document.toJS() as { readonly kind: string; readonly metadata: { readonly name: string } };
    return `${kind} ${metadata.name}`;
  });
}
