import { type Verdict, no, yes } from '../condition';
import type { StatusView } from '../status-input';
import { CONDITION_LIMIT, joinWithin } from '../text';
import { issueText } from './config-valid';

/** Whether every skill pack is there. An instance without packs has no such condition, whatever it had before. */
export function skillPacksReady({ observed: { resolution } }: StatusView): Verdict {
  if (!resolution.ok) return 'unjudged';
  const missing = resolution.warnings.filter(({ rule }) => rule === 'skill-packs/unresolved');
  if (missing.length > 0) return no('ResolutionFailed', joinWithin(missing.map(issueText), CONDITION_LIMIT));
  const count = resolution.instance.facts.skillPacks?.size ?? 0;
  if (count === 0) return 'off';
  return yes('Resolved', count === 1 ? '1 skill pack' : `${count} skill packs`);
}
