import { type Policy, allowedDeliveries } from '../../constructs/spec/policy';
import type { KubeObject, LiveInstance } from '../objects/objects';
import { DELIVERY, type Delivery, type Observed } from './observed';

function isDelivery(text: string): text is Delivery {
  return text === 'apply' || text === 'git';
}

/**
 * The delivery that is asked for: by the instance, by its namespace, or by the setting of the controller. An administrator may have locked what
 * a namespace can choose; the first that is allowed then stands in for the setting.
 */
export function deliveryFor(
  instance: LiveInstance,
  namespace: KubeObject | undefined,
  setting: Delivery,
  policy: Policy,
): Pick<Observed, 'wantedDelivery' | 'isDeliveryAsked' | 'unknownDelivery' | 'lockedDelivery'> {
  const allowed = allowedDeliveries(policy, instance.metadata.namespace);
  const asked = instance.metadata.annotations?.[DELIVERY] ?? namespace?.metadata.annotations?.[DELIVERY];
  if (asked === undefined) {
    const usual = allowed === undefined || allowed.includes(setting) ? setting : allowed.find(isDelivery);
    return { wantedDelivery: usual ?? setting, ...(usual === undefined && { lockedDelivery: setting }) };
  }
  if (!isDelivery(asked)) return { wantedDelivery: setting, unknownDelivery: asked };
  return {
    wantedDelivery: asked,
    isDeliveryAsked: true,
    ...(allowed !== undefined && !allowed.includes(asked) && { lockedDelivery: asked }),
  };
}
