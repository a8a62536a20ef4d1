import { resolve } from '../../constructs';
import { isError } from '../../constructs/spec/issue';
import { anInstance, withMistake } from '../builders';
import { pageText, tableUnder } from '../docs/pages';
import { containerCases } from './containers';
import { objectCases } from './objects';
import { podCases } from './pods';

const cases = [...containerCases, ...podCases, ...objectCases];

function errorsOf(spec: (typeof cases)[number]['bad']): { path: string; rule: string }[] {
  const resolution = resolve(anInstance(withMistake(spec)));
  const issues = resolution.ok ? resolution.warnings : resolution.issues;
  return issues.filter(isError).map(({ path, rule }) => ({ path, rule }));
}

describe('T-R18 the rules of values of the API server', () => {
  it.each(cases)('$holds', ({ bad, good, path, rule }) => {
    expect(errorsOf(bad)).toEqual([{ path, rule }]);
    expect(errorsOf(good)).toEqual([]);
  });

  it('are those of docs/values.md, each with its rule, and no other', () => {
    const rows = ['Containers', 'Pods', 'Policies', 'Objects'].flatMap((title) => tableUnder('docs/values.md', title));
    const told = rows.map(([rule = '', holds = '']) => `${rule.replaceAll('`', '')}: ${holds}`);
    expect(told.toSorted()).toEqual(cases.map(({ rule, holds }) => `${rule}: ${holds}`).toSorted());
    expect(pageText('docs/values.md')).toContain('1.36');
  });
});
