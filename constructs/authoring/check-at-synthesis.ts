import { withoutAbsent } from '../resolve/absent';
import { checkIssues, enabledParts } from '../resolve/bind';
import { lookForSecrets } from '../resolve/secrets/secret-text';
import type { Hosts } from '../hosts/hosts';
import type { Part } from '../part';
import type { Instance, WrittenInstance } from '../spec/instance';
import { type Issue, error, isError, sortIssues } from '../spec/issue';

/** An instance as it was checked when its construct was made, and what an author may have added to since. */
export interface Stack {
  readonly written: WrittenInstance;
  readonly instance: Instance;
  readonly hosts: Hosts;
  readonly parts: readonly Part[];
}

/**
 * What is wrong with an instance at synthesis, one text a mistake: the checks see the hosts once more, with what the author added after
 * construction. Warnings were told at construction.
 */
export function mistakesAtSynthesis({ written, instance, hosts, parts }: Stack): string[] {
  const input = { ...instance, annotations: written.metadata.annotations ?? {}, written: withoutAbsent(written.spec ?? {}) };
  const found = checkIssues(input, hosts, enabledParts(instance.spec, parts)).filter(isError);
  const issues = found.length > 0 ? found.map(lookForSecrets(written, instance.facts).conceal) : podIssues(hosts);
  return sortIssues(issues).map(({ path, message }) => `${path}: ${message}`);
}

/** The pod as it is rendered: no field of the spec is to blame. */
const PLACE = 'pod';

/** The pod itself, for what is in no field of the spec: the server would refuse all of it. */
function podIssues({ pod }: Hosts): Issue[] {
  return pod.mistakes().map((message) => error(PLACE, 'parts/pod', message));
}
