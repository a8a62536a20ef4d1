import type { ApiPort } from '../api/port';
import { create, get, jsonPatch, mergePatch, remove } from '../api/requests';
import type { ApplySink } from './apply-sink';
import { FINALIZER } from '../decide/decide';
import { failureOf } from './failures';
import { fillSecret } from './generated-secrets';
import type { GitDelivery } from '../decide/git-delivery';
import { instances, kindOf, secrets } from '../objects/kinds';
import { type KubeObject, type LiveInstance, keyText } from '../objects/objects';
import type { GitOutcome, ObjectName, Outcome, SecretOutcome, StepFailure } from '../decide/outcome';
import { ownerReference } from '../objects/ownership';
import type { DeletionPlan } from '../lifecycle/deletion';
import type { Plan, SecretStep } from '../decide/plan';
import { dataOf } from '../observe/secret-facts';
import { commonLabels } from '../../constructs/wire/names';

/** What was done so far in one pass; frozen into an `Outcome` at its end. */
interface Report {
  readonly objects: Outcome['objects'][number][];
  readonly pruned: ObjectName[];
  readonly secrets: SecretOutcome[];
  readonly failures: StepFailure[];
  git?: GitOutcome;
}

function emptyReport(): Report {
  return { objects: [], pruned: [], secrets: [], failures: [] };
}

/** The first half of a pass. */
export interface Prepared {
  readonly report: Report;
  readonly made: readonly KubeObject[];
}

/** Does what a plan says. What the server refuses becomes part of the outcome; the rest of the plan goes on. */
export class Executor {
  public constructor(
    private readonly api: ApiPort,
    private readonly sink: ApplySink,
    /** @default - Git mode is not set up */
    private readonly git: GitDelivery | undefined,
  ) {}

  /**
   * What comes before anything else: the finalizer, claims that nobody may own, and Secrets of ours, since their content decides whether a pod
   * has to be replaced.
   *
   * @returns what was done, and the Secrets that were made
   */
  public async prepare(plan: Plan, instance: LiveInstance): Promise<Prepared> {
    const report = emptyReport();
    const made: KubeObject[] = [];
    if (plan.addFinalizer) await this.step(report, 'finalizer', () => this.addFinalizer(instance));
    for (const claim of plan.disown) await this.step(report, `owner reference of ${nameOf(claim)}`, () => this.disown(claim, instance));
    // Nothing may exist before the finalizer does: it could not be taken back.
    if (report.failures.length > 0) return { report, made };
    for (const step of plan.secrets) {
      const { outcome, secret } = await this.makeSecret(step, instance);
      report.secrets.push(outcome);
      if (secret) made.push(secret);
    }
    return { report, made };
  }

  /** Delivers, or ends the instance. After a preparation that failed nothing is delivered. */
  public async carryOut(plan: Plan, instance: LiveInstance, { report }: Prepared): Promise<Outcome> {
    const isPrepared = report.failures.length === 0 && report.secrets.every(({ action }) => action !== 'failed');
    if (!isPrepared) return report;
    if (plan.deletion) return this.finish(plan, instance, report);
    if (plan.delivery === 'git') await this.publish(plan, instance, report);
    else await this.deliver(plan, instance, report);
    return report;
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: { readonly namespace: string; readonly name: string }): void {
    this.sink.forget(key);
    this.git?.forget(keyText(key));
  }

  private async deliver({ manifests, prune }: Plan, instance: LiveInstance, report: Report): Promise<void> {
    for (const manifest of manifests) report.objects.push(await this.sink.apply(manifest, instance));
    for (const object of prune) await this.removeObject(object, report, () => this.sink.prune(object, instance));
  }

  private async publish(plan: Plan, instance: LiveInstance, report: Report): Promise<void> {
    if (this.git === undefined) {
      const failure = {
        reason: 'GitNotConfigured',
        message: 'delivery is "git" and the controller has no repository: set one, or change the delivery',
        transient: false,
      };
      report.failures.push({ step: 'delivery', failure });
      return;
    }
    if (plan.manifests.length > 0) report.git = await this.git.publish(plan, instance);
  }

  /** The end of an instance, in an order in which every step can be repeated. The finalizer goes last, and only when all else is done. */
  private async finish({ deletion }: Plan, instance: LiveInstance, report: Report): Promise<Outcome> {
    if (!deletion?.removeFinalizer) return report;
    if (deletion.unpublish && !(await this.unpublish(deletion, instance, report))) return report;
    for (const object of [...deletion.claims, ...deletion.leftovers]) {
      const { namespace, name, uid } = object.metadata;
      await this.removeObject(object, report, () => remove(this.api, kindOf(object), namespace, name, uid === undefined ? {} : { uid }));
    }
    if (report.failures.length === 0) await this.step(report, 'removal of the finalizer', () => this.removeFinalizer(instance));
    return report;
  }

  /** Whether the repository holds nothing of the instance any more. */
  private async unpublish(deletion: DeletionPlan, instance: LiveInstance, report: Report): Promise<boolean> {
    if (this.git) {
      report.git = await (deletion.abandon ? this.git.abandon(instance) : this.git.unpublish(instance, deletion.isGone));
      return report.git.state === 'committed';
    }
    if (instance.status?.git?.tree === undefined) return true;
    const message =
      'the instance stands in Git and the controller has no repository: set it again, or remove the directory and the finalizer yourself';
    report.failures.push({ step: 'removal from Git', failure: { reason: 'GitNotConfigured', message, transient: false } });
    return false;
  }

  private async removeObject(object: KubeObject, report: Report, run: () => Promise<boolean>): Promise<void> {
    await this.step(report, `removal of ${nameOf(object)}`, async () => {
      if (await run()) report.pruned.push({ apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name });
    });
  }

  private async step(report: Report, step: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      report.failures.push({ step, failure: failureOf(error) });
    }
  }

  /** A patch of this one field: writing the instance as a whole would take ownership of its spec. A stale view is a conflict. */
  private async addFinalizer({ metadata }: LiveInstance): Promise<void> {
    const { namespace, name, resourceVersion, finalizers = [] } = metadata;
    await mergePatch(this.api, instances, namespace, name, { metadata: { resourceVersion, finalizers: [...finalizers, FINALIZER] } });
  }

  private async removeFinalizer({ metadata }: LiveInstance): Promise<void> {
    const { namespace, name, finalizers = [] } = metadata;
    const index = finalizers.indexOf(FINALIZER);
    const path = `/metadata/finalizers/${index}`;
    await jsonPatch(this.api, instances, namespace, name, [
      { op: 'test', path, value: FINALIZER },
      { op: 'remove', path },
    ]);
  }

  private async disown({ apiVersion, kind, metadata }: KubeObject, instance: LiveInstance): Promise<void> {
    const { namespace, name, ownerReferences = [] } = metadata;
    const index = ownerReferences.findIndex(({ uid }) => uid === instance.metadata.uid);
    const path = `/metadata/ownerReferences/${index}`;
    await jsonPatch(this.api, kindOf({ apiVersion, kind }), namespace, name, [
      { op: 'test', path: `${path}/uid`, value: instance.metadata.uid },
      { op: 'remove', path },
    ]);
  }

  private async makeSecret(step: SecretStep, instance: LiveInstance): Promise<{ outcome: SecretOutcome; secret?: KubeObject | undefined }> {
    const { name, missing, uid } = step;
    try {
      const secret = await (uid === undefined ? this.createSecret(step, instance) : this.repairSecret(step, instance));
      return { outcome: { name, action: uid === undefined ? 'created' : 'repaired', keys: missing }, secret };
    } catch (error) {
      return { outcome: { name, action: 'failed', failure: failureOf(error) } };
    }
  }

  private async createSecret({ name, recipe }: SecretStep, instance: LiveInstance): Promise<KubeObject> {
    const { namespace, name: instanceName } = instance.metadata;
    const metadata = { name, namespace, labels: commonLabels(instanceName), ownerReferences: [ownerReference(instance)] };
    const data = encoded(await fillSecret(recipe, {}));
    return (await create(this.api, { apiVersion: 'v1', kind: 'Secret', metadata, type: recipe.type, data })).object;
  }

  /** Only keys without a value are written; a value that somebody chose stays. */
  private async repairSecret({ name, recipe }: SecretStep, { metadata: { namespace } }: LiveInstance): Promise<KubeObject | undefined> {
    const live = await get(this.api, secrets, namespace, name);
    if (live === undefined) return undefined;
    const present = Object.entries(dataOf(live)).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const);
    const filled = await fillSecret(recipe, Object.fromEntries(present));
    const { resourceVersion } = live.metadata;
    return (await mergePatch(this.api, secrets, namespace, name, { metadata: { resourceVersion }, data: encoded(filled) })).object;
  }
}

function encoded(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}
