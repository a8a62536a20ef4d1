import type { Reference } from '../../../constructs';
import { type Verdict, no, yes } from '../condition';
import type { StatusView } from '../status-input';
import { CONDITION_LIMIT, failureText, joinWithin } from '../text';

/** `openai (keys TOKEN; variable OPENAI_API_KEY)`: what is missing and who asked for it. */
function described({ name, keys, purpose }: Reference): string {
  const which = keys.length === 0 ? '' : `key ${keys.join(', ')}; `;
  return `${name} (${which}${purpose})`;
}

function listed(references: readonly Reference[]): string {
  return joinWithin([...new Set(references.map(described))].toSorted(), CONDITION_LIMIT, ', ');
}

/** Why a Secret of our own making could not be made, where that is known. */
function whyNotMade({ name }: Reference, { outcome }: StatusView): string | undefined {
  const result = outcome.secrets.find((secret) => secret.name === name);
  return result?.action === 'failed' ? failureText(`${name} could not be made`, result.failure) : undefined;
}

/** A Secret of our own making counts as missing only if it is neither there nor was made in this pass. */
function isGeneratedMissing({ name, generate }: Reference, { observed, outcome }: StatusView): boolean {
  if (generate === undefined) return false;
  const result = outcome.secrets.find((secret) => secret.name === name);
  if (result && result.action !== 'failed') return false;
  const live = observed.secrets.get(name);
  return !Object.keys(generate.keys).every((key) => live?.keys.includes(key));
}

/** Whether the Secrets that the pod cannot do without are there, with their keys. Optional ones are no references at all. */
export function secretsReady(view: StatusView): Verdict {
  const { resolution } = view.observed;
  if (!resolution.ok) return 'unjudged';
  const wanted = resolution.references.filter(({ kind }) => kind === 'Secret');
  if (wanted.length === 0) return 'off';
  const generated = wanted.filter((reference) => isGeneratedMissing(reference, view));
  const unmade = [...new Set(generated.flatMap((reference) => whyNotMade(reference, view) ?? []))];
  const missing = [
    ...view.plan.missing.filter(({ kind }) => kind === 'Secret'),
    ...generated.filter((reference) => whyNotMade(reference, view) === undefined),
  ];
  const texts = [...(missing.length > 0 ? [`not found: ${listed(missing)}`] : []), ...unmade];
  if (texts.length > 0) return no('SecretsMissing', joinWithin(texts, CONDITION_LIMIT));
  return yes('AllSecretsFound', `found: ${[...new Set(wanted.map(({ name }) => name))].toSorted().join(', ')}`);
}

function isOfWorkspace({ kind, path }: Reference): boolean {
  return kind === 'ConfigMap' && /^spec\.workspace\b/.test(path);
}

/** Whether the ConfigMaps with workspace files are there. */
export function workspaceReady(view: StatusView): Verdict {
  const { resolution } = view.observed;
  if (!resolution.ok) return 'unjudged';
  const wanted = resolution.references.filter(isOfWorkspace);
  if (wanted.length === 0) return 'off';
  const missing = view.plan.missing.filter(isOfWorkspace);
  if (missing.length > 0) return no('ConfigMapNotFound', `not found: ${listed(missing)}`);
  return yes('Resolved', `found: ${[...new Set(wanted.map(({ name }) => name))].toSorted().join(', ')}`);
}

/** ConfigMaps that no condition of their own speaks of and that the pod waits for. */
export function missingConfigMaps({ plan }: StatusView): string | undefined {
  const missing = plan.missing.filter((reference) => reference.kind === 'ConfigMap' && !isOfWorkspace(reference));
  return missing.length === 0 ? undefined : `not found: ${listed(missing)}`;
}
