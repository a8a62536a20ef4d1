import { kibibytes } from '../../../constructs/wire/kibibytes';
import { kinds } from '../../../constructs/wire/kinds';
import type { KubeObject } from '../../objects/objects';
import { type ConditionDraft, type Verdict, conditionOf, no, unknown, yes } from '../condition';
import { failedResult } from '../failures';
import { liveAt, type StatusView } from '../status-input';

const CLAIM = kinds.claim.kind;

/** The scheduler writes it on a claim when it has found a node for the pod. */
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

function phaseOf(claim: KubeObject): string | undefined {
  return (claim['status'] as { phase?: string } | undefined)?.phase;
}

/** A pending claim is no fault before a pod is scheduled: most storage classes wait for that. After it, the volume is overdue. */
function pending({ metadata: { name, annotations } }: KubeObject): ConditionDraft {
  const node = annotations?.[SELECTED_NODE];
  if (node !== undefined) return no('ClaimPending', `claim ${name} waits for its volume on node ${node}`);
  return unknown('ClaimPending', `claim ${name} is not bound yet: its storage class may wait until the pod is scheduled`);
}

/** The size that a claim asks for. */
function requested(claim: Readonly<Record<string, unknown>> | undefined): string | number | undefined {
  const spec = claim?.['spec'] as { resources?: { requests?: { storage?: string | number } } } | undefined;
  return spec?.resources?.requests?.storage;
}

/** Claims that are larger than the spec says. None can shrink, so the wish is told of and not fulfilled. */
function largerThanWanted({ wanted, live }: Pick<StatusView, 'wanted'> & { readonly live: readonly LiveClaim[] }): string {
  const texts = live.flatMap(({ name, claim }) => {
    const asked = requested(wanted?.find(({ kind, metadata }) => kind === CLAIM && metadata.name === name));
    const present = requested(claim);
    if (asked === undefined || present === undefined || kibibytes(present) <= kibibytes(asked)) return [];
    return `; claim ${name} keeps its ${present}, since no claim can shrink to ${asked}: write ${present} in the spec`;
  });
  return texts.join('');
}

interface LiveClaim {
  readonly name: string;
  readonly claim: KubeObject | undefined;
}

/** Said until the spec changes: whoever restores the data, or does without, says so by a change of it. */
export const MADE_AGAIN = 'ClaimMadeAgain';

function judge(claim: KubeObject): ConditionDraft | undefined {
  const { name, deletionTimestamp } = claim.metadata;
  if (deletionTimestamp !== undefined) {
    const message = `claim ${name} is being deleted, and its data goes with it as soon as no pod uses it: copy the data while the pod runs`;
    return no('ClaimTerminating', message);
  }
  const phase = phaseOf(claim);
  if (phase === 'Bound') return undefined;
  if (phase === 'Lost') return no('ClaimLost', `claim ${name} has lost its volume: restore the volume, or replace the claim from a backup`);
  return pending(claim);
}

/**
 * A claim that the status knew and that had to be made in this pass was lost with its data: the new one is empty. The last word stands while the
 * generation is the same.
 */
function madeAgain({ outcome, plan, previous, generation, observed: { resolution } }: StatusView): ConditionDraft | undefined {
  const before = conditionOf(previous.conditions, 'StorageReady');
  const said = before?.reason === MADE_AGAIN && before.observedGeneration === generation ? no(MADE_AGAIN, before.message) : undefined;
  if (!resolution.ok) return said;
  const { instance } = resolution;
  const known = plan.managed.flatMap(({ field, kind, nameOf }) =>
    kind === kinds.claim && previous.managedResources?.[field] === nameOf(instance) ? (nameOf(instance) ?? []) : [],
  );
  const made = outcome.objects.filter(({ kind, name, action }) => kind === CLAIM && action === 'created' && known.includes(name));
  if (made.length === 0) return said;
  const names = made.map(({ name }) => `claim ${name}`).join(', ');
  return no(MADE_AGAIN, `${names} was lost with its data and made again, empty: restore the data from a backup, then change the spec`);
}

/** Claims that the StatefulSet has made for its pods, from a template. It makes them one by one, so none is missed. */
export function podClaims({ wanted = [], observed, instance }: StatusView): string[] {
  const { volumeClaimTemplates: templates = [] } = (wanted.find(({ kind }) => kind === kinds.statefulSet.kind)?.['spec'] ?? {}) as {
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
  const beginnings = templates.map(({ metadata }) => `${metadata.name}-${instance.metadata.name}-`);
  const isOfPod = (name: string): boolean => beginnings.some((begin) => name.startsWith(begin) && /^\d+$/.test(name.slice(begin.length)));
  return observed.owned.filter(({ kind, metadata }) => kind === CLAIM && isOfPod(metadata.name)).map(({ metadata }) => metadata.name);
}

/** Claims that the spec brings along, and those that it names. */
function claimNames(view: StatusView): { own: string[]; named: string[] } {
  const { wanted, observed } = view;
  const { resolution } = observed;
  const references = resolution.ok ? resolution.references : [];
  return {
    own: [...(wanted ?? []).filter(({ kind }) => kind === CLAIM).map(({ metadata }) => metadata.name), ...podClaims(view)],
    named: [...new Set(references.filter(({ kind }) => kind === CLAIM).map(({ name }) => name))],
  };
}

/** Whether the volumes of the instance are bound. */
export function storageReady(view: StatusView): Verdict {
  if (!view.wanted) return 'unjudged';
  const { own, named } = claimNames(view);
  if (own.length + named.length === 0) return 'off';
  const gone = view.plan.missing.filter(({ kind }) => kind === CLAIM);
  if (gone.length > 0) {
    return no('ExistingClaimNotFound', `not found: ${gone.map(({ name, path }) => `claim ${name} (${path})`).join(', ')}`);
  }
  for (const name of own) {
    const failure = failedResult(view, kinds.claim, name);
    if (failure) return no(failure.reason, failure.text);
  }
  const others = new Map(view.observed.claims.map((claim) => [claim.metadata.name, claim]));
  const live = [...own, ...named].map((name) => ({ name, claim: others.get(name) ?? liveAt(view, kinds.claim, name) }));
  const absent = live.filter(({ claim }) => claim === undefined).map(({ name }) => name);
  if (absent.length > 0) return no('NotApplied', `not in the cluster: claim ${absent.join(', ')}`);
  const lost = madeAgain(view);
  if (lost) return lost;
  const verdicts = live.flatMap(({ claim }) => (claim && judge(claim)) ?? []);
  const worst = verdicts.find(({ status }) => status === 'False') ?? verdicts[0];
  const bound = `bound: ${live.map(({ name }) => `claim ${name}`).join(', ')}`;
  return worst ?? yes('PVCCreated', `${bound}${largerThanWanted({ wanted: view.wanted, live })}`);
}
