/** A rule of a Role or of a review of rights. What is missing grants nothing. */
export interface GrantedRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  /** Such a rule is about single objects and covers no rule about a kind. @default - all objects */
  readonly resourceNames?: readonly string[];
  readonly verbs?: readonly string[];
}

/** One thing that a rule allows. */
export interface Right {
  readonly group: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
  readonly verb: string;
}

/** Everything that a rule allows, one by one. */
export function* rightsOf({ apiGroups = [], resources = [], verbs = [] }: GrantedRule): Iterable<Right> {
  for (const group of apiGroups) for (const resource of resources) for (const verb of verbs) yield { group, resource, verb };
}

/** Whether one of the rules gives this right. */
export function isGranted({ group, resource, verb }: Right, granted: readonly GrantedRule[]): boolean {
  return granted.some(
    ({ apiGroups, resources, resourceNames = [], verbs }) =>
      resourceNames.length === 0 && holds(apiGroups, group) && holds(resources, resource) && holds(verbs, verb),
  );
}

function holds(values: readonly string[] = [], wanted: string): boolean {
  return values.includes('*') || values.includes(wanted);
}

/** Those of the wanted rules that the held ones do not give already. */
export function beyond<R extends GrantedRule>(wanted: readonly R[], held: readonly GrantedRule[]): R[] {
  return wanted.filter((rule) => [...rightsOf(rule)].some((right) => !isGranted(right, held)));
}
