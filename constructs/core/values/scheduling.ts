import type {
  Affinity,
  LabelSelector,
  NodeAffinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../../../imports/types';
import { quote } from '../../schema/quote';
import type { Issue } from '../../spec/issue';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from './forms';
import { Mistakes } from './mistakes';

const tolerations = new Mistakes('values/toleration');
const affinities = new Mistakes('values/affinity');
const spreads = new Mistakes('values/topology-spread');

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Tolerations of the pod. */
export function* tolerationMistakes(list: readonly Toleration[] | undefined, path: string): Iterable<Issue> {
  for (const [index, { key = '', operator = 'Equal', value = '', effect, tolerationSeconds }] of (list ?? []).entries()) {
    const place = `${path}[${index}]`;
    if (key !== '') yield* tolerations.form(`${place}.key`, key, qualifiedName);
    else if (operator !== 'Exists')
      yield tolerations.at(`${place}.operator`, 'must be Exists where no key is written, which means every taint');
    if (operator === 'Exists' && value !== '') yield tolerations.at(`${place}.value`, 'does not go with operator Exists: remove it');
    if (operator === 'Equal') yield* tolerations.form(`${place}.value`, value, labelValue);
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      yield tolerations.at(`${place}.effect`, 'must be NoExecute where tolerationSeconds is set');
    }
  }
}

/** How many values an operator wants. */
const COUNTS: Readonly<Record<string, 'some' | 'none' | 'one'>> = {
  In: 'some',
  NotIn: 'some',
  Exists: 'none',
  DoesNotExist: 'none',
  Gt: 'one',
  Lt: 'one',
};

const ASKS = {
  some: 'needs at least one value',
  none: 'takes no values: remove them',
  one: 'needs exactly one value',
};

/** One line of a selector, whatever it selects. */
interface Expression {
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

function* expressionMistakes(
  { operator, values = [] }: Expression,
  path: string,
  operators: readonly string[],
  mistakes: Mistakes,
): Iterable<Issue> {
  const count = operators.includes(operator) ? COUNTS[operator] : undefined;
  if (count === undefined) {
    yield mistakes.at(`${path}.operator`, `must be one of ${operators.join(', ')}, not ${quote(operator)}`);
    return;
  }
  const fits = { some: values.length > 0, none: values.length === 0, one: values.length === 1 }[count];
  if (!fits) yield mistakes.at(`${path}.values`, `${operator} ${ASKS[count]}`);
}

const SELECTOR_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** A selector of pods or namespaces by their labels. */
export function* selectorMistakes(selector: LabelSelector | undefined, path: string, mistakes: Mistakes): Iterable<Issue> {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    yield* mistakes.form(`${path}.matchLabels`, key, qualifiedName);
    yield* mistakes.form(`${path}.matchLabels`, value, labelValue);
  }
  for (const [index, expression] of (selector?.matchExpressions ?? []).entries()) {
    const place = `${path}.matchExpressions[${index}]`;
    yield* mistakes.form(`${place}.key`, expression.key, qualifiedName);
    yield* expressionMistakes(expression, place, SELECTOR_OPERATORS, mistakes);
    for (const [at, value] of (expression.values ?? []).entries()) yield* mistakes.form(`${place}.values[${at}]`, value, labelValue);
  }
}

function* nodeExpressionMistakes(expression: NodeSelectorRequirement, path: string, isRequired: boolean): Iterable<Issue> {
  yield* affinities.form(`${path}.key`, expression.key, qualifiedName);
  yield* expressionMistakes(expression, path, Object.keys(COUNTS), affinities);
  // Where a node is only preferred, the server lets any value pass.
  if (!isRequired) return;
  for (const [at, value] of (expression.values ?? []).entries()) yield* affinities.form(`${path}.values[${at}]`, value, labelValue);
}

/** Nodes are selected by one field only: their name. */
function* nodeFieldMistakes(expression: NodeSelectorRequirement, path: string): Iterable<Issue> {
  const { key, operator, values = [] } = expression;
  if (key !== 'metadata.name') yield affinities.at(`${path}.key`, `must be metadata.name, not ${quote(key)}`);
  yield* expressionMistakes(expression, path, ['In', 'NotIn'], affinities);
  if (values.length > 1) yield affinities.at(`${path}.values`, `${operator} needs exactly one value here`);
  if (key !== 'metadata.name') return;
  for (const [at, value] of values.entries()) yield* affinities.form(`${path}.values[${at}]`, value, dnsSubdomain);
}

function* nodeTermMistakes({ matchExpressions, matchFields }: NodeSelectorTerm, path: string, isRequired: boolean): Iterable<Issue> {
  for (const [index, one] of (matchExpressions ?? []).entries())
    yield* nodeExpressionMistakes(one, `${path}.matchExpressions[${index}]`, isRequired);
  for (const [index, one] of (matchFields ?? []).entries()) yield* nodeFieldMistakes(one, `${path}.matchFields[${index}]`);
}

function* nodeAffinityMistakes(node: NodeAffinity, path: string): Iterable<Issue> {
  const terms = node[REQUIRED]?.nodeSelectorTerms;
  const place = `${path}.${REQUIRED}.nodeSelectorTerms`;
  if (terms?.length === 0) yield affinities.at(place, 'must have at least one term');
  for (const [index, term] of (terms ?? []).entries()) yield* nodeTermMistakes(term, `${place}[${index}]`, true);
  for (const [index, { weight, preference }] of (node[PREFERRED] ?? []).entries()) {
    const entry = `${path}.${PREFERRED}[${index}]`;
    yield* affinities.range(`${entry}.weight`, weight, 1, 100);
    yield* nodeTermMistakes(preference, `${entry}.preference`, false);
  }
}

/** Labels of the pod itself by which a term or a constraint narrows what it selects. */
interface LabelKeys {
  readonly labelSelector?: LabelSelector | undefined;
  readonly matchLabelKeys?: readonly string[] | undefined;
  readonly mismatchLabelKeys?: readonly string[] | undefined;
}

function* labelKeyMistakes(
  { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] }: LabelKeys,
  path: string,
  mistakes: Mistakes,
): Iterable<Issue> {
  const lists = { matchLabelKeys, mismatchLabelKeys };
  for (const [field, keys] of Object.entries(lists)) {
    if (keys.length > 0 && !labelSelector) yield mistakes.at(`${path}.${field}`, 'needs a labelSelector beside it');
    for (const [index, key] of keys.entries()) yield* mistakes.form(`${path}.${field}[${index}]`, key, qualifiedName);
  }
  for (const [index, key] of matchLabelKeys.entries()) {
    if (mismatchLabelKeys.includes(key))
      yield mistakes.at(`${path}.matchLabelKeys[${index}]`, `stands in mismatchLabelKeys too: ${quote(key)}`);
  }
}

function* podTermMistakes(term: PodAffinityTerm, path: string): Iterable<Issue> {
  yield* affinities.required(`${path}.topologyKey`, term.topologyKey, qualifiedName);
  yield* selectorMistakes(term.labelSelector, `${path}.labelSelector`, affinities);
  yield* selectorMistakes(term.namespaceSelector, `${path}.namespaceSelector`, affinities);
  for (const [index, name] of (term.namespaces ?? []).entries()) yield* affinities.form(`${path}.namespaces[${index}]`, name, dnsLabel);
  yield* labelKeyMistakes(term, path, affinities);
}

function* podAffinityMistakes(pod: PodAffinity, path: string): Iterable<Issue> {
  for (const [index, term] of (pod[REQUIRED] ?? []).entries()) yield* podTermMistakes(term, `${path}.${REQUIRED}[${index}]`);
  for (const [index, { weight, podAffinityTerm }] of (pod[PREFERRED] ?? []).entries()) {
    const entry = `${path}.${PREFERRED}[${index}]`;
    yield* affinities.range(`${entry}.weight`, weight, 1, 100);
    yield* podTermMistakes(podAffinityTerm, `${entry}.podAffinityTerm`);
  }
}

/** Where the pod wants to run, and beside which others. */
export function* affinityMistakes({ nodeAffinity, podAffinity, podAntiAffinity }: Affinity, path: string): Iterable<Issue> {
  if (nodeAffinity) yield* nodeAffinityMistakes(nodeAffinity, `${path}.nodeAffinity`);
  if (podAffinity) yield* podAffinityMistakes(podAffinity, `${path}.podAffinity`);
  if (podAntiAffinity) yield* podAffinityMistakes(podAntiAffinity, `${path}.podAntiAffinity`);
}

/** How pods are spread over the cluster. */
export function* spreadMistakes(list: readonly TopologySpreadConstraint[] | undefined, path: string): Iterable<Issue> {
  for (const [index, constraint] of (list ?? []).entries()) {
    const place = `${path}[${index}]`;
    const { maxSkew, minDomains, topologyKey, whenUnsatisfiable, labelSelector } = constraint;
    if (maxSkew <= 0) yield spreads.at(`${place}.maxSkew`, `must be above 0, not ${maxSkew}`);
    yield* spreads.required(`${place}.topologyKey`, topologyKey);
    if (minDomains !== undefined && minDomains <= 0) yield spreads.at(`${place}.minDomains`, `must be above 0, not ${minDomains}`);
    else if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      yield spreads.at(`${place}.minDomains`, 'goes with whenUnsatisfiable DoNotSchedule only');
    }
    yield* selectorMistakes(labelSelector, `${place}.labelSelector`, spreads);
    yield* labelKeyMistakes(constraint, place, spreads);
  }
}
