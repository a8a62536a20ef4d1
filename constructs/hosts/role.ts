/** A rule of a Role in wire form. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What the agent may do at the API server. */
export class AgentRole {
  private readonly ruleList: RoleRule[] = [];
  private tokenNeeded = false;

  public allow(...rules: readonly RoleRule[]): void {
    this.ruleList.push(...rules);
  }

  /** Mounts the ServiceAccount's token into the pod. Without this nothing in the pod can speak to the API server. */
  public mountToken(): void {
    this.tokenNeeded = true;
  }

  public get rules(): readonly RoleRule[] {
    return this.ruleList;
  }

  public get automountToken(): boolean {
    return this.tokenNeeded;
  }
}
