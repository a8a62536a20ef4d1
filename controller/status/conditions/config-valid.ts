import { type Issue, isError } from '../../../constructs';
import { kinds } from '../../../constructs/wire/kinds';
import { objectNames } from '../../../constructs/wire/names';
import { type ConditionDraft, type Verdict, no, yes } from '../condition';
import { failedResult } from '../failures';
import { liveAt, type StatusView } from '../status-input';
import { CONDITION_LIMIT, joinWithin, withoutSecrets } from '../text';

/** Issues that mean that the referenced openclaw.json is not there, by their rule. Every other error is an invalid spec. */
const REASONS: Readonly<Record<string, string>> = {
  'config/map-missing': 'ConfigMapNotFound',
  'config/key-missing': 'ConfigMapKeyNotFound',
};

export function issueText({ path, message }: Issue): string {
  const text = withoutSecrets(message);
  return path === '' ? text : `${path}: ${text}`;
}

/** Every error at once, so that all are mended in one round. */
function refused(issues: readonly Issue[]): ConditionDraft {
  const errors = issues.filter(isError);
  const reasons = new Set(errors.map(({ rule }) => REASONS[rule] ?? 'InvalidSpec'));
  const [reason = 'InvalidSpec'] = reasons.size === 1 ? reasons : [];
  return no(reason, joinWithin(errors.map(issueText), CONDITION_LIMIT));
}

/** Whether the spec makes sense and its openclaw.json has reached the cluster. */
export function configValid(view: StatusView): Verdict {
  // Nobody resolves the spec of an instance that is being deleted.
  if (view.plan.isEnding) return 'unjudged';
  const { resolution } = view.observed;
  if (!resolution.ok) return refused(resolution.issues);
  const name = objectNames.config(view.instance.metadata.name);
  const failure = failedResult(view, kinds.configMap, name);
  if (failure) return no(failure.reason, failure.text);
  const isLive = liveAt(view, kinds.configMap, name) !== undefined;
  if (!isLive) return yes('Valid', `the configuration is valid; ConfigMap ${name} is not there yet`);
  return yes('ConfigMapCreated', `the configuration is valid and stands in ConfigMap ${name}`);
}
