import { clusterDefaults, instances, selfConfigs } from '../objects/kinds';
import { type Scope, WHOLE_CLUSTER, labelOf } from '../objects/scope';
import { registrationName, webhookConfigurations } from './trust';

/** The Service in front of the webhook, unless `--webhook-service` names another one. */
export const WEBHOOK_SERVICE = 'openclaw-webhook';

export interface RegistrationSettings {
  /** The controller's own namespace, where the Service is. */
  readonly namespace: string;
  /** Name of the Service. @default WEBHOOK_SERVICE */
  readonly service?: string;
  /** Whose instances it is asked about. @default - those of the whole cluster */
  readonly scope?: Scope | undefined;
  /** @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * What tells the API server to ask the webhook. The controller fills in where it asks, and whom it is to trust, unless cert-manager does that.
 *
 * An object on its way out is not asked about, and without an answer everything is let in: the rules of the CRD hold all the same.
 */
export function webhookRegistration({
  namespace,
  service = WEBHOOK_SERVICE,
  scope = WHOLE_CLUSTER,
  annotations,
}: RegistrationSettings): object {
  const [group = '', version = ''] = instances.apiVersion.split('/');
  const { apiVersion, kind } = webhookConfigurations;
  return {
    apiVersion,
    kind,
    metadata: { name: registrationName(namespace, scope), ...(annotations && { annotations }) },
    webhooks: [
      {
        name: 'validate.openclaw.rocks',
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { name: service, namespace, port: 443 } },
        failurePolicy: 'Ignore',
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        timeoutSeconds: 5,
        rules: [
          {
            apiGroups: [group],
            apiVersions: [version],
            operations: ['CREATE', 'UPDATE'],
            resources: [instances, clusterDefaults, selfConfigs].map(({ plural }) => plural),
            scope: '*',
          },
        ],
        ...inNamespaces(scope),
        matchConditions: [{ name: 'is-not-ending', expression: '!has(object.metadata.deletionTimestamp)' }, ...withLabel(scope)],
      },
    ],
  };
}

/** Kinds without a namespace are asked about all the same. */
function inNamespaces({ namespaces }: Scope): object {
  if (namespaces === undefined) return {};
  const isOne = { key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces };
  return { namespaceSelector: { matchExpressions: [isOne] } };
}

function withLabel({ watchLabel }: Scope): object[] {
  if (watchLabel === undefined) return [];
  const { key, value } = labelOf(watchLabel);
  const expression = `request.resource.resource != '${instances.plural}' || object.metadata.?labels['${key}'].orValue('') == '${value}'`;
  return [{ name: 'is-watched', expression }];
}
