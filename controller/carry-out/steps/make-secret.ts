import { commonLabels, labels } from '../../../constructs/wire/names';
import type { ApiPort } from '../../api/port';
import { create, get, mergePatch } from '../../api/requests';
import type { MakeSecret } from '../../lifecycle/step';
import { secrets } from '../../objects/kinds';
import type { KubeObject, LiveInstance } from '../../objects/objects';
import { ownerReference } from '../../objects/ownership';
import { dataOf } from '../../observe/secret-facts';
import { failureOf } from '../failures';
import { fillSecret } from '../generated-secrets';
import type { Runner } from '../runner';

/** Makes a Secret of our own, or fills the keys that it lacks. */
export const makeSecret: Runner<MakeSecret> = {
  stage: 'fill',
  describe: ({ name }) => `Secret ${name}`,
  run: async (step, { api, instance, report, made }) => {
    const { name, missing, uid } = step;
    try {
      const secret = await (uid === undefined ? createSecret(api, step, instance) : repairSecret(api, step, instance));
      if (secret) made.push(secret);
      report.secrets.push({ name, action: uid === undefined ? 'created' : 'repaired', keys: missing });
      return 'done';
    } catch (error) {
      report.secrets.push({ name, action: 'failed', failure: failureOf(error) });
      return 'blocked';
    }
  },
};

async function createSecret(api: ApiPort, { name, recipe }: MakeSecret, instance: LiveInstance): Promise<KubeObject> {
  const { namespace, name: instanceName } = instance.metadata;
  const own = { ...commonLabels(instanceName), [labels.ownName]: instanceName };
  const metadata = { name, namespace, labels: own, ownerReferences: [ownerReference(instance)] };
  const data = encoded(await fillSecret(recipe, {}));
  return (await create(api, { apiVersion: 'v1', kind: 'Secret', metadata, type: recipe.type, data })).object;
}

/** Only keys without a value are written; a value that somebody chose stays. */
async function repairSecret(
  api: ApiPort,
  { name, recipe }: MakeSecret,
  { metadata: { namespace } }: LiveInstance,
): Promise<KubeObject | undefined> {
  const live = await get(api, secrets, namespace, name);
  if (live === undefined) return undefined;
  const present = Object.entries(dataOf(live)).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const);
  const filled = await fillSecret(recipe, Object.fromEntries(present));
  const { resourceVersion } = live.metadata;
  return (await mergePatch(api, secrets, namespace, name, { metadata: { resourceVersion }, data: encoded(filled) })).object;
}

function encoded(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}
