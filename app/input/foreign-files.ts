/*
 * Folders of manifests hold more than manifests: kustomization.yaml, Chart.yaml, values, templates, the files of other tools. What nobody
 * named and what has nothing of ours is left out; it must not stop the rest.
 */

/** Anything that makes a file ours: the group, or one of the kinds, however broken the rest is. */
const OURS = /openclaw\.rocks\/|\bOpenClaw(?:Instance|ClusterDefaults|SelfConfig)\b/;

/** Whether a file that cannot be used belongs to somebody else. A broken file of ours is never passed over. */
export function isForeign(content: string): boolean {
  return !OURS.test(content);
}

/** The sub-folder with the templates, where these are the entries of a Helm chart. They are no YAML until Helm has rendered them. */
export function chartTemplates(entries: readonly string[]): string | undefined {
  return entries.includes('Chart.yaml') ? 'templates' : undefined;
}
