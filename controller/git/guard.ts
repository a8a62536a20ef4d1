import { isDeepStrictEqual } from 'node:util';
import type { RbacRule } from '../../constructs';
import { type GrantedRule, isGranted, rightsOf } from '../../constructs/spec/rbac-rules';
import { kinds as table } from '../../constructs/wire/kinds';
import { objectNames } from '../../constructs/wire/names';
import { refText } from '../../constructs/wire/object-ref';
import { GitError } from '../../gitops/git/errors';
import { gitAnnotations } from '../../gitops/git/names';
import type { Exemption, GateOptions } from '../../gitops/gate/secret-gate';
import { taintsOf } from '../../gitops/gate/taint';
import { DryRuns } from '../carry-out/dry-runs';
import { ServerSideApply } from '../carry-out/server-side-apply';
import type { ApiPort } from '../api/port';
import { ApiError } from '../api/errors';
import { get } from '../api/requests';
import type { Caches } from '../observe/caches';
import { type KindTable, registeredKinds, secrets, statefulSets } from '../objects/kinds';
import { type KubeObject, type LiveInstance, keyText } from '../objects/objects';
import { controllerOf, isLabelled } from '../objects/ownership';
import type { Plan } from '../decide/plan';
import { dataOf } from '../observe/own-secret';

/** On an instance: findings of the secret gate that a person looked at, as a JSON list of `{file, pointer, sha256}`. */
export const EXEMPTIONS = 'openclaw.rocks/secret-exemptions';

/**
 * What has to hold before something is committed. In apply mode the API server watches over these; in Git mode an engine applies with rights
 * of its own, often all of them, and a leak in a repository cannot be taken back.
 */
export class Guard {
  private readonly dryRuns: DryRuns;

  /** @param engine the field manager as which the engine applies */
  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
    engine: string,
    /** @default - the kinds of the registered parts */
    private readonly kinds: KindTable = registeredKinds,
  ) {
    this.dryRuns = new DryRuns(new ServerSideApply(api, engine, kinds));
  }

  /**
   * @param digest that of the release
   * @throws GitError `NOT-FOR-GIT` for an object in the way, for rights that the controller could not grant itself, and for what the API server
   * would refuse
   */
  public async check(plan: Plan, instance: LiveInstance, digest: string): Promise<void> {
    // Once a release is committed, what stands there is the engine's.
    if (instance.status?.git?.tree === undefined) await this.refuseNamesakes(plan, instance);
    await this.refuseEscalation(plan, instance);
    // What runs already was taken by the server, object by object.
    if (this.runningDigest(instance) !== digest) await this.refuseRefused(plan, instance);
  }

  /** Drops what is remembered of an instance that is gone (`namespace/name`). */
  public forget(key: string): void {
    this.dryRuns.forget(key);
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
    for (const manifest of manifests) {
      const ref = this.kinds.placeOf(manifest, namespace);
      const live = this.caches.ownedObject(ref) ?? (await get(this.api, this.kinds.of(ref), ref.namespace, ref.name));
      if (live === undefined || isMine(live, instance)) continue;
      throw new GitError(
        'NOT-FOR-GIT',
        `${refText(ref, namespace)} is in the cluster and belongs to someone else`,
        'rename the instance, or remove the object',
      );
    }
  }

  private runningDigest({ metadata: { namespace, name } }: LiveInstance): string | undefined {
    const { apiVersion, kind } = statefulSets;
    const workload = this.caches.ownedObject({ apiVersion, kind, namespace, name: objectNames.statefulSet(name) });
    return workload?.metadata.annotations?.[gitAnnotations.releaseDigest];
  }

  /**
   * A release of which the server refuses one object would be applied in part, and hold up the next one. So each object that changed is sent
   * as a dry run first. Where the server cannot tell before, the release goes on.
   */
  private async refuseRefused({ manifests }: Plan, { metadata }: LiveInstance): Promise<void> {
    const { namespace } = metadata;
    const refused: string[] = [];
    for (const manifest of manifests) {
      const ref = this.kinds.placeOf(manifest, namespace);
      const desired = { ...manifest, metadata: { ...manifest.metadata, ...(ref.namespace !== undefined && { namespace: ref.namespace }) } };
      const verdict = await this.dryRuns.of(keyText(metadata), desired, this.caches.ownedObject(ref));
      if (verdict.action !== 'failed') continue;
      const { status = 0, reason, message, transient } = verdict.failure;
      // The next try may go well: nothing is said against the release.
      if (transient) throw new ApiError(message, status, reason);
      refused.push(`${refText(ref, namespace)}: ${message}`);
    }
    if (refused.length === 0) return;
    throw new GitError('NOT-FOR-GIT', `the API server would refuse ${refused.join('; ')}`, 'change what it names');
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

/** What the annotation of an instance lets pass. @throws GitError `GIT-SETTINGS` */
export function exemptionsOf(text: string | undefined): Exemption[] {
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
