import { TURNS } from '../../constructs/wire/kinds';
import type { Step } from '../lifecycle/step';
import type { KindTable } from '../objects/kinds';
import { runnerOf } from './runners';

/** Steps in groups: those of one group may run at once, and a group begins when the one before it is through. */
export function inTurns(steps: readonly Step[], kinds: KindTable): Step[][] {
  const groups = new Map<number, Step[]>();
  let place = 0;
  for (const step of steps) {
    const turn = runnerOf(step).turnOf?.(step, kinds);
    if (turn !== undefined) {
      const at = place + TURNS.indexOf(turn);
      groups.set(at, [...(groups.get(at) ?? []), step]);
      continue;
    }
    // Behind every turn of the steps before it, and before every one of those after it.
    place += TURNS.length;
    groups.set(place, [step]);
    place += 1;
  }
  return [...groups].toSorted(([one], [other]) => one - other).map(([, group]) => group);
}
