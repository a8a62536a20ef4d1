import { type Stage, mayBegin } from '../../../controller/carry-out/runner';

const STAGES: readonly Stage[] = ['prepare', 'fill', 'take-over', 'withdraw', 'preview', 'change', 'run', 'release'];

it.each<[Stage, readonly Stage[]]>([
  ['prepare', STAGES.filter((stage) => stage !== 'prepare')],
  ['fill', ['run', 'release']],
  ['take-over', ['preview', 'change', 'run', 'release']],
  ['withdraw', ['change', 'run', 'release']],
  ['preview', ['change', 'run', 'release']],
  ['change', ['release']],
  ['run', ['release']],
  ['release', []],
])('T-T10 what failed in stage %s holds back %j and nothing else', (failed, held) => {
  expect(STAGES.filter((stage) => !mayBegin(stage, new Set([failed])))).toEqual(held);
});
