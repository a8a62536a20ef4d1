import { planOf } from '../../../constructs/review/plan';
import type { Proposed } from '../../../gitops/propose/text';
import type { Inspected } from '../../../gitops/publish/judge';
import type { Change } from '../../../constructs';
import type { Modifier } from '../../builders';
import { OWNER, aLayout, aSet } from '../layouts';

/** What a pull request is about, from one spec to another; without a first one the instance is new. */
export function proposalOf(before: readonly Modifier[] | undefined, after: readonly Modifier[]): Proposed {
  const [old, next] = [before && aSet('alice', ...before), aSet('alice', ...after)];
  const layout = aLayout(next);
  const was = new Map((old ? aLayout(old).files : []).map(({ path, text }) => [path, text]));
  const changes = layout.files.flatMap(({ path, text }): Change[] => {
    if (was.get(path) === text) return [];
    return [{ id: path, action: was.has(path) ? 'configured' : 'created' }];
  });
  const gone = [...was.keys()].filter((path) => !layout.files.some((file) => file.path === path));
  const all = [...changes, ...gone.map((id): Change => ({ id, action: 'deleted' }))].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const member: Inspected = {
    request: { placement: layout.placement, layout, owner: OWNER },
    inspection: { changes: all, beside: new Map(), tree: 't' },
  };
  return { members: [member], plan: planOf(old ? [old] : [], [next]), change: 'c'.repeat(32), base: 'main', engine: '0.1.0' };
}
