import type { Kind } from '../objects/kinds';

/** `list and watch networkpolicies.networking.k8s.io`: a right as kubectl names the resource. */
export function rightText({ apiVersion, plural }: Kind, verbs: readonly string[]): string {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return `${verbs.join(' and ')} ${plural}${group === undefined ? '' : `.${group}`}`;
}

/** What the controller would have to know for a pass, and may not look at. */
export class MissingRightsError extends Error {
  public override readonly name = 'MissingRightsError';

  /** @param rights as `rightText` writes them */
  public constructor(rights: readonly string[]) {
    super(missingRightsText(rights));
  }
}

/** For conditions and the log: what is missing, and what to do. */
export function missingRightsText(rights: readonly string[]): string {
  return `the controller may not ${rights.join(', nor ')}: give it the rights that --print-rbac prints`;
}
