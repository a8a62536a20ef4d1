import type { Scope } from '../../controller/objects/scope';
import { isDirectoryName } from '../../gitops/git/names';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';

const NAME = /^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * What `--namespaces` and `--watch-label` say.
 *
 * @throws UsageError with everything that is wrong, a line each
 */
export function scopeOf(values: FlagValues): Scope {
  const [list, label] = [text(values, 'namespaces'), text(values, 'watch-label')];
  const namespaces = list?.split(',').map((name) => name.trim());
  const wrong = (namespaces ?? []).filter((name) => !isDirectoryName(name));
  const problems = [
    ...wrong.map((name) => `--namespaces has "${name}", which is no namespace: write them like team-a,team-b`),
    ...(label === undefined || isLabel(label) ? [] : [`--watch-label is "${label}": write it like example.com/team=blue`]),
  ];
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return {
    ...(namespaces && { namespaces: [...new Set(namespaces)].toSorted() }),
    ...(label !== undefined && { watchLabel: label }),
  };
}

/** A label that one instance can have: selectors can say more, and an instance could leave such a set in a way that nobody notices. */
function isLabel(label: string): boolean {
  const [key = '', value = '', ...rest] = label.split('=');
  const name = key.split('/').at(-1) ?? '';
  const prefix = key.includes('/') ? key.slice(0, key.lastIndexOf('/')) : undefined;
  return rest.length === 0 && NAME.test(name) && NAME.test(value) && (prefix === undefined || PREFIX.test(prefix));
}
