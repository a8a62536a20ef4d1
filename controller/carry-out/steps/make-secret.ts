import { commonLabels, labels } from '../../../constructs/wire/names';
import { idOf, refOf } from '../../../constructs/wire/object-ref';
import type { ApiPort } from '../../api/port';
import { create, get, mergePatch } from '../../api/requests';
import type { Failure } from '../../decide/outcome';
import type { MakeSecret } from '../../lifecycle/step';
import { secrets } from '../../objects/kinds';
import type { KubeObject, LiveInstance, LiveOwner } from '../../objects/objects';
import { controllerOf, foreignMessage, isLabelled, mayTake, ownerReference } from '../../objects/ownership';
import { dataOf } from '../../observe/own-secret';
import { failureOf } from '../failures';
import { fillSecret } from '../generated-secrets';
import type { Runner } from '../runner';

/** Makes a Secret of our own, fills the keys that it lacks, or takes it again. */
export const makeSecret: Runner<MakeSecret> = {
  stage: 'fill',
  describe: ({ name }) => `Secret ${name}`,
  run: async (step, { api, instance, report, made, foreign }) => {
    const { name, missing, uid } = step;
    try {
      const live = uid === undefined ? undefined : await get(api, secrets, instance.metadata.namespace, name);
      if (live && !mayFill(live, instance)) {
        foreign.set(idOf(live), `Secret ${name}`);
        report.secrets.push({ name, action: 'failed', failure: foreignFailure(live, instance) });
        return 'done';
      }
      // One that is gone by now is made in the next pass.
      if (live === undefined && uid !== undefined) return 'done';
      const secret = await (live ? repairSecret(api, step, live, instance) : createSecret(api, step, instance));
      made.push(secret);
      const isFilled = uid === undefined || missing.length > 0;
      if (isFilled) report.secrets.push({ name, action: uid === undefined ? 'created' : 'repaired', keys: missing });
      return 'done';
    } catch (error) {
      report.secrets.push({ name, action: 'failed', failure: failureOf(error) });
      return 'blocked';
    }
  },
};

async function createSecret(api: ApiPort, { name, recipe }: MakeSecret, instance: LiveInstance): Promise<KubeObject> {
  const { namespace, name: instanceName } = instance.metadata;
  // What a program puts into an empty one nobody can make again: without our mark it is never pruned.
  const isForProgram = Object.keys(recipe.keys).length === 0;
  const marked = isForProgram ? commonLabels(instanceName) : ownLabels(instanceName);
  const metadata = { name, namespace, labels: marked, ownerReferences: [ownerReference(instance)] };
  const data = encoded(await fillSecret(recipe, {}));
  return (await create(api, { apiVersion: 'v1', kind: 'Secret', metadata, type: recipe.type, data })).object;
}

/** Ours, or given to us. A Secret has no field manager that tells whose it is: we mark those that we make. */
function mayFill(live: KubeObject, instance: LiveInstance): boolean {
  const isMarked = live.metadata.labels?.[labels.ownName] === instance.metadata.name;
  return mayTake(live, instance) || (isMarked && controllerOf(live) === undefined && isLabelled(live, instance));
}

function foreignFailure(live: KubeObject, instance: LiveInstance): Failure {
  return {
    reason: 'ObjectNotOurs',
    message: foreignMessage(live, { ...refOf(live), kind: 'Secret' }, instance.metadata.namespace),
    transient: false,
  };
}

/** Only keys without a value are written; a value that somebody chose stays. One that was given to us becomes ours with it. */
async function repairSecret(api: ApiPort, { name, recipe }: MakeSecret, live: KubeObject, instance: LiveInstance): Promise<KubeObject> {
  const { namespace, name: instanceName } = instance.metadata;
  const present = Object.entries(dataOf(live)).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const);
  const filled = await fillSecret(recipe, Object.fromEntries(present));
  const { resourceVersion } = live.metadata;
  const adopted = controllerOf(live) ? {} : { labels: ownLabels(instanceName), ownerReferences: withOwner(live, instance) };
  const patch = { metadata: { resourceVersion, ...adopted }, data: encoded(filled) };
  return (await mergePatch(api, secrets, namespace, name, patch)).object;
}

function ownLabels(instanceName: string): Record<string, string> {
  return { ...commonLabels(instanceName), [labels.ownName]: instanceName };
}

function withOwner({ metadata: { ownerReferences = [] } }: KubeObject, instance: LiveInstance): readonly LiveOwner[] {
  const others = ownerReferences.filter(({ uid }) => uid !== instance.metadata.uid);
  return [...others, ownerReference(instance)];
}

function encoded(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}
