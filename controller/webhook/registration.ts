import { WEBHOOK, webhookConfigurations } from './trust';
import { PATH } from './server';

export interface RegistrationOptions {
  /** The controller's own namespace. */
  readonly namespace: string;
  /** Name of the Service in front of the webhook; it has port 443. */
  readonly service: string;
  /** @default - the controller fills in whom the API server is to trust */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * How the API server learns of the webhook.
 *
 * Without an answer an object is let in: the rules of the CRD hold all the same, and the controller tells the rest in the conditions. A webhook
 * that is down must not keep a cluster from being mended. What is on its way out is not asked about at all.
 */
export function webhookRegistration({ namespace, service, annotations }: RegistrationOptions): object {
  const { apiVersion, kind } = webhookConfigurations;
  return {
    apiVersion,
    kind,
    metadata: { name: WEBHOOK, ...(annotations && { annotations }) },
    webhooks: [
      {
        name: 'validate.openclaw.rocks',
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { name: service, namespace, path: PATH, port: 443 } },
        failurePolicy: 'Ignore',
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        timeoutSeconds: 5,
        rules: [
          {
            apiGroups: ['openclaw.rocks'],
            apiVersions: ['v1alpha1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['openclawinstances', 'openclawclusterdefaults', 'openclawselfconfigs'],
            scope: '*',
          },
        ],
        matchConditions: [{ name: 'is-not-ending', expression: '!has(object.metadata.deletionTimestamp)' }],
      },
    ],
  };
}
