import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { CONTROLLER } from '../process/rbac';
import { WEBHOOK_SERVICE, webhookRegistration } from '../webhook/registration';
import { CERTIFICATE, HOOK_SERVICE, LABELS, PORTS, named } from './names';
import type { InstallOptions } from './options';
import { addRaw } from './raw';

/** What leads to the pods: Services, and the registration of the webhook. */
export function addServices(scope: Construct, { namespace, webhook, hookSecret, scope: watched }: InstallOptions): void {
  new k8s.KubeService(scope, 'metrics-service', {
    metadata: named(`${CONTROLLER}-metrics`, namespace),
    spec: { selector: LABELS, ports: [{ name: 'metrics', port: PORTS.metrics, targetPort: target('metrics') }] },
  });
  if (hookSecret !== undefined) {
    new k8s.KubeService(scope, 'hook-service', {
      metadata: named(HOOK_SERVICE, namespace),
      spec: { clusterIp: 'None', selector: LABELS, ports: [{ name: 'http', port: PORTS.hook, targetPort: target('hook') }] },
    });
  }
  if (webhook === 'none') return;
  new k8s.KubeService(scope, 'webhook-service', {
    metadata: named(WEBHOOK_SERVICE, namespace),
    spec: { selector: LABELS, ports: [{ name: 'https', port: 443, targetPort: target('webhook') }] },
  });
  const annotations = { 'cert-manager.io/inject-ca-from': `${namespace}/${CERTIFICATE}` };
  addRaw(scope, 'registration', webhookRegistration({ namespace, scope: watched, ...(webhook === 'cert-manager' && { annotations }) }));
  if (webhook === 'cert-manager') addCertificate(scope, namespace);
}

function target(name: string): k8s.IntOrString {
  return k8s.IntOrString.fromString(name);
}

/** A certificate that vouches for itself, kept up by cert-manager. */
function addCertificate(scope: Construct, namespace: string): void {
  const apiVersion = 'cert-manager.io/v1';
  const metadata = named(CERTIFICATE, namespace);
  new ApiObject(scope, 'issuer', { apiVersion, kind: 'Issuer', metadata, spec: { selfSigned: {} } });
  new ApiObject(scope, 'certificate', {
    apiVersion,
    kind: 'Certificate',
    metadata,
    spec: {
      secretName: CERTIFICATE,
      dnsNames: [`${WEBHOOK_SERVICE}.${namespace}.svc`, `${WEBHOOK_SERVICE}.${namespace}.svc.cluster.local`],
      issuerRef: { name: CERTIFICATE },
    },
  });
}

function openPort(name: keyof typeof PORTS): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(PORTS[name]), protocol: 'TCP' };
}

/**
 * Who may reach the pods. Metrics name every instance, and are for pods of the cluster. The API server and kubelets have no label to be told by, so
 * the webhook and the probes are open: they answer nothing but reviews, over TLS, and whether the process is well.
 */
export function addNetworkPolicy(scope: Construct, { namespace, webhook, hookSecret }: InstallOptions): void {
  new k8s.KubeNetworkPolicy(scope, 'network-policy', {
    metadata: named(CONTROLLER, namespace),
    spec: {
      podSelector: { matchLabels: LABELS },
      policyTypes: ['Ingress'],
      ingress: [
        { ports: [openPort('health'), ...(webhook === 'none' ? [] : [openPort('webhook')])] },
        // What stands before it, such as an Ingress controller, has no label that all share. Nothing is done without the secret.
        ...(hookSecret === undefined ? [] : [{ ports: [openPort('hook')] }]),
        { ports: [openPort('metrics')], from: [{ namespaceSelector: {} }] },
      ],
    },
  });
}
