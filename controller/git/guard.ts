import { isDeepStrictEqual } from 'node:util';
import type { RbacRule } from '../../constructs';
import { kinds as table } from '../../constructs/wire/kinds';
import { GitError } from '../../gitops/git/errors';
import type { Exemption, GateOptions } from '../../gitops/gate/secret-gate';
import { taintsOf } from '../../gitops/gate/taint';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import type { Caches } from '../observe/caches';
import { type GrantedRule, isGranted, rightsOf } from '../../constructs/spec/rbac-rules';
import { refText } from '../../constructs/wire/object-ref';
import { type KindTable, registeredKinds, secrets } from '../objects/kinds';
import type { KubeObject, LiveInstance } from '../objects/objects';
import { controllerOf, isLabelled } from '../objects/ownership';
import type { Plan } from '../decide/plan';
import { dataOf } from '../observe/secret-facts';

/** On an instance: findings of the secret gate that a person looked at, as a JSON list of `{file, pointer, sha256}`. */
const EXEMPTIONS = 'openclaw.rocks/secret-exemptions';

/**
 * What has to hold before something is committed. In apply mode the API server watches over these; in Git mode an engine applies with rights
 * of its own, often all of them, and a leak in a repository cannot be taken back.
 */
export class Guard {
  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
    /** @default - the kinds of the registered parts */
    private readonly kinds: KindTable = registeredKinds,
  ) {}

  /** @throws GitError `NOT-FOR-GIT` for an object in the way, or for rights that the controller could not grant itself */
  public async check(plan: Plan, instance: LiveInstance): Promise<void> {
    // Once a release is committed, what stands there is the engine's.
    if (instance.status?.git?.tree === undefined) await this.refuseNamesakes(plan, instance);
    await this.refuseEscalation(plan, instance);
  }

  /** What the secret gate has to know: values of the Secrets that the instance refers to, and what a person let pass. */
  public async gate({ references }: Plan, { metadata: { namespace, annotations } }: LiveInstance): Promise<GateOptions> {
    const names = new Set(references.filter(({ kind }) => kind === 'Secret').map(({ name }) => name));
    const values: string[] = [];
    for (const name of names) {
      const secret = await get(this.api, secrets, namespace, name);
      if (secret) values.push(...Object.values(dataOf(secret)).map((value) => Buffer.from(value, 'base64').toString('utf8')));
    }
    return { taints: taintsOf(values), exemptions: exemptionsOf(annotations?.[EXEMPTIONS]) };
  }

  private async refuseNamesakes({ manifests }: Plan, instance: LiveInstance): Promise<void> {
    const { namespace } = instance.metadata;
    for (const { apiVersion, kind, metadata } of manifests) {
      const found = this.kinds.of({ apiVersion, kind });
      const place = found.namespaced ? { namespace: metadata.namespace ?? namespace } : {};
      const ref = { apiVersion, kind, ...place, name: metadata.name };
      const live = this.caches.ownedObject(ref) ?? (await get(this.api, found, ref.namespace, ref.name));
      if (live === undefined || isMine(live, instance)) continue;
      throw new GitError(
        'NOT-FOR-GIT',
        `${refText(ref, namespace)} is in the cluster and belongs to someone else`,
        'rename the instance, or remove the object',
      );
    }
  }

  /** An engine would grant whatever the Role says. Nobody may get more through us than we hold. */
  private async refuseEscalation({ manifests }: Plan, { spec, metadata: { namespace } }: LiveInstance): Promise<void> {
    const rules = spec?.security?.rbac?.additionalRules ?? [];
    const rendered = manifests.find(({ kind }) => kind === table.role.kind)?.['rules'] as readonly unknown[] | undefined;
    // One that no administrator allows is left out of the Role, and grants nothing.
    const isRendered = (rule: RbacRule): boolean => rendered?.some((one) => isDeepStrictEqual(one, rule)) ?? false;
    if (!rules.some(isRendered)) return;
    const { body } = await this.api.request({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
    });
    const granted = (body as { status?: { resourceRules?: GrantedRule[] } }).status?.resourceRules ?? [];
    const index = rules.findIndex((rule) => isRendered(rule) && !isCovered(rule, granted));
    if (index === -1) return;
    throw new GitError(
      'NOT-FOR-GIT',
      `spec.security.rbac.additionalRules[${index}] asks for rights that the controller does not have`,
      'narrow the rule, or give the controller those rights',
    );
  }
}

/** Whether an engine applied it for this instance before: what it applies has no owner. */
function isMine(object: KubeObject, instance: LiveInstance): boolean {
  const controller = controllerOf(object);
  return controller ? controller.uid === instance.metadata.uid : isLabelled(object, instance);
}

/** Whether every combination in a rule is granted. */
function isCovered(rule: RbacRule, granted: readonly GrantedRule[]): boolean {
  return [...rightsOf(rule)].every((right) => isGranted(right, granted));
}

function exemptionsOf(text: string | undefined): Exemption[] {
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list.filter(isExemption);
  } catch {
    // Told below, with the form that is wanted.
  }
  throw new GitError('GIT-SETTINGS', `the annotation ${EXEMPTIONS} is no JSON list of {file, pointer, sha256}`, 'correct the annotation');
}

function isExemption(value: unknown): value is Exemption {
  const { file, pointer, sha256 } = (value ?? {}) as Partial<Exemption>;
  return typeof file === 'string' && typeof pointer === 'string' && typeof sha256 === 'string';
}
