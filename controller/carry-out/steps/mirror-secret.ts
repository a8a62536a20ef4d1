import { commonLabels, labels } from '../../../constructs/wire/names';
import { refOf } from '../../../constructs/wire/object-ref';
import { create, get, mergePatch } from '../../api/requests';
import type { MirrorSecret } from '../../lifecycle/step';
import { secrets } from '../../objects/kinds';
import { controllerOf, foreignMessage, ownerReference } from '../../objects/ownership';
import { dataOf } from '../../observe/own-secret';
import type { Runner } from '../runner';

/** Copies some keys of a Secret into one beside the instance, which Jobs can name. A value passes through here and stays nowhere. */
export const mirrorSecret: Runner<MirrorSecret> = {
  stage: 'fill',
  describe: ({ name }) => `Secret ${name}`,
  run: async ({ name, from, keys, uid }, { api, instance }) => {
    const { namespace, name: instanceName, uid: instanceUid } = instance.metadata;
    const source = await get(api, secrets, from.namespace, from.name);
    // Gone since it was seen: the next pass decides anew.
    if (source === undefined) return 'done';
    const values = dataOf(source);
    const data = Object.fromEntries(keys.flatMap((key) => (values[key] ? [[key, values[key]]] : [])));
    const own = { ...commonLabels(instanceName), [labels.ownName]: instanceName };
    if (uid === undefined) {
      const metadata = { name, namespace, labels: own, ownerReferences: [ownerReference(instance)] };
      await create(api, { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data });
      return 'done';
    }
    const live = await get(api, secrets, namespace, name);
    if (live === undefined) return 'done';
    const isLetGo = (live.metadata.ownerReferences ?? []).length === 0 && live.metadata.labels?.[labels.ownName] === instanceName;
    if (controllerOf(live)?.uid !== instanceUid && !isLetGo) {
      return { reason: 'ObjectNotOurs', message: foreignMessage(live, { ...refOf(live), kind: 'Secret' }, namespace), transient: false };
    }
    const gone = Object.fromEntries(Object.keys(dataOf(live)).flatMap((key) => (key in data ? [] : [[key, null]])));
    const { resourceVersion } = live.metadata;
    const owned = isLetGo ? { ownerReferences: [ownerReference(instance)] } : {};
    await mergePatch(api, secrets, namespace, name, { metadata: { resourceVersion, labels: own, ...owned }, data: { ...gone, ...data } });
    return 'done';
  },
};
