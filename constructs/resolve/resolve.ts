import { baseConfig } from '../core/config/base-config';
import type { Hosts } from '../hosts/hosts';
import type { CheckInput, Part } from '../part';
import type { Reference } from '../spec/reference';
import { parts as registeredParts } from '../parts';
import type { StructuralSchema } from '../schema/structural';
import { blocksRules } from '../schema/validate';
import { withoutAbsent } from './absent';
import { examine } from './admission';
import { bindParts, checkIssues, enabledParts } from './bind';
import { unclaimed } from './claims';
import { complete, defaultSpec } from './complete';
import { dialectOf } from '../spec/dialect';
import type { Facts } from '../spec/facts';
import type { Instance, WrittenInstance } from '../spec/instance';
import { volumeLayoutOf } from '../spec/volume-layout';
import { type Issue, isError, sortIssues } from '../spec/issue';
import { notEnabled } from './not-enabled';
import { withOverrides } from './overrides';
import type { Override } from '../spec/override';
import { annotations } from '../wire/names';
import { schemaOf } from '../schema/schemas';
import { lookForSecrets } from './secrets/secret-text';

/** What became of a document: an instance that can be rendered, or every error in it. */
export type Resolution =
  | {
      readonly ok: true;
      readonly instance: Instance;
      readonly warnings: readonly Issue[];
      readonly references: readonly Reference[];
      /** What the parts added for it. Given to `render`, they are not filled a second time. */
      readonly hosts: Hosts;
    }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** What else a resolution depends on. */
export interface ResolveOptions {
  readonly previous?: WrittenInstance;
  /** @default - all registered parts */
  readonly parts?: readonly Part[];
  readonly overrides?: readonly Override[];
}

/**
 * Turns a written instance into one that constructs can read, or tells everything that is wrong with it.
 *
 * Serves the command line, the admission webhook and the controller. Pure: it asks nobody.
 *
 * @param written the whole document
 * @param facts what was looked up for it
 * @param options.previous the document as it is stored, for rules that compare; what the schema finds wrong in both and unchanged is passed
 *   over, as by the API server. @default - a new instance
 * @param options.overrides what holds in place of the written spec. @default - nothing does
 */
export function resolve(
  written: WrittenInstance,
  facts: Facts = {},
  { previous, parts = registeredParts, overrides = [] }: ResolveOptions = {},
): Resolution {
  const secrets = lookForSecrets(written, facts);
  const { document, issues } = examine(schemaOf('openclawinstances'), written, previous);
  // Whatever has the right shape can be looked at by every rule, so that all findings come at once.
  if (blocksRules(issues)) return { ok: false, issues: sortIssues([...issues, ...secrets.issues].map(secrets.conceal)) };

  const overridden = withOverrides(document as unknown as WrittenInstance, overrides);
  if (overridden.issues.some(isError)) return { ok: false, issues: sortIssues([...issues, ...overridden.issues].map(secrets.conceal)) };
  const { metadata, spec: admitted = {} } = overridden.document;
  const stated = metadata.annotations ?? {};
  const spec = complete(admitted, stated, facts, parts);
  const base = baseConfig(spec, facts);
  const input: CheckInput = {
    name: metadata.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    annotations: stated,
    written: withoutAbsent(written.spec ?? {}),
    spec,
    config: base.config,
    facts,
  };
  const instance: Instance = { ...instanceOf(input), ...(overridden.holding.length > 0 && { overrides: overridden.holding }) };
  const enabled = enabledParts(spec, parts);
  const { hosts, issues: clashes } = bindParts(instance, enabled);
  // A field that does not exist is not "valid but not rendered yet".
  const refused = new Set(issues.filter(isError).map(({ path }) => path));
  const notRendered = unclaimed(input.written, parts, defaultSpec()).filter(({ path }) => !refused.has(path));
  // Nor does it help to switch on what is not rendered.
  const told = new Set(notRendered.map(({ path }) => path));
  const leftOff = notEnabled(input.written, specSchema()).filter(({ path }) => !told.has(path));
  const found = [
    ...issues,
    ...base.issues,
    ...notRendered,
    ...leftOff,
    ...secrets.issues,
    ...clashes,
    ...checkIssues(input, hosts, enabled),
  ].map(secrets.conceal);
  if (found.some(isError)) return { ok: false, issues: sortIssues(found) };
  return {
    ok: true,
    instance,
    warnings: sortIssues(found),
    references: referencesOf(input, enabled),
    hosts,
  };
}

function specSchema(): StructuralSchema {
  return schemaOf('openclawinstances').properties?.['spec'] ?? {};
}

function referencesOf(input: CheckInput, parts: readonly Part[]): Reference[] {
  const references: Reference[] = [];
  for (const part of parts) {
    if (part.references !== undefined) references.push(...part.references(input));
  }
  return references;
}

function instanceOf({ name, namespace, annotations: stated, spec, config, facts }: CheckInput): Instance {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    spec,
    dialect: dialectOf(stated[annotations.appVersion] ?? spec.image.tag),
    volumeLayout: volumeLayoutOf(spec, stated[annotations.volumeLayout]),
    config,
    facts,
  };
}
