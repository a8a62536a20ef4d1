import type { Manifest } from '../../../constructs';
import { WEBHOOK_SERVICE } from '../../webhook/registration';
import { APP_KEY, FOLDERS, HOOK_SERVICE, PORTS } from '../names';
import type { Markup } from './markup';

const GIT = '$.Values.git.url';
const REGISTRY = '$.Values.oci.repository';
const REPOSITORY = `or ${GIT} ${REGISTRY}`;
const HOOKS = '$.Values.hooks.secretName';
const WEBHOOK = '$.Values.webhook.enabled';
const CERT_MANAGER = 'and $.Values.webhook.enabled $.Values.webhook.certManager.enabled';

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & { readonly containers: readonly [Readonly<Record<string, unknown>>] };
}

/** An argument with a value of the user in it, safe from quotes and from variables of the pod. */
function argument(markup: Markup, flag: string, value: string): string {
  return markup.raw(`printf "--${flag}=%s" (${value}) | replace "$(" "$$(" | quote`);
}

/** An argument that is there when its value is. */
function optional(markup: Markup, flag: string, value: string): string[] {
  return markup.when(value, argument(markup, flag, value));
}

/** The Deployment of an install with values in the place of what flags say. */
export function deploymentTemplate(deployment: Manifest, markup: Markup): Manifest {
  const { spec } = deployment as unknown as { readonly spec: Readonly<Record<string, unknown>> & { readonly template: PodTemplate } };
  const { metadata, spec: pod } = spec.template;
  const [container] = pod.containers;
  return {
    ...deployment,
    spec: {
      ...spec,
      replicas: markup.raw('$.Values.replicaCount'),
      template: {
        metadata: {
          labels: { ...metadata.labels, ...markup.fieldsOf('$.Values.podLabels', 8) },
          ...markup.field('annotations', '$.Values.podAnnotations', 8),
        },
        spec: {
          ...pod,
          serviceAccountName: markup.raw('include "openclaw.serviceAccountName" $'),
          ...markup.fieldsWhen('$.Values.priorityClassName', { priorityClassName: markup.raw('$.Values.priorityClassName | quote') }),
          ...markup.field('imagePullSecrets', '$.Values.imagePullSecrets', 8),
          ...markup.field('nodeSelector', '$.Values.nodeSelector', 8),
          ...markup.field('tolerations', '$.Values.tolerations', 8),
          ...markup.field('affinity', '$.Values.affinity', 8),
          containers: [containerTemplate(container, markup)],
          volumes: [...(pod['volumes'] as object[]), ...secretVolumes(markup)],
        },
      },
    },
  };
}

function containerTemplate(container: Readonly<Record<string, unknown>>, markup: Markup): object {
  return {
    ...container,
    image: markup.raw('include "openclaw.image" $ | quote'),
    imagePullPolicy: markup.raw('$.Values.image.pullPolicy'),
    args: argumentsTemplate(markup),
    env: [
      ...(container['env'] as object[]),
      ...markup.when('$.Values.github.secretName', {
        name: 'GITHUB_TOKEN',
        valueFrom: { secretKeyRef: { name: markup.raw('$.Values.github.secretName | quote'), key: 'token' } },
      }),
    ],
    ports: [
      { name: 'health', containerPort: PORTS.health },
      { name: 'metrics', containerPort: PORTS.metrics },
      ...markup.when(WEBHOOK, { name: 'webhook', containerPort: PORTS.webhook }),
      ...markup.when(HOOKS, { name: 'hook', containerPort: PORTS.hook }),
    ],
    resources: markup.raw('toYaml $.Values.resources | nindent 12'),
    volumeMounts: [
      ...(container['volumeMounts'] as object[]),
      ...markup.when(REPOSITORY, { name: 'git', mountPath: FOLDERS.git, readOnly: true }),
      ...markup.when('$.Values.git.signingSecretName', { name: 'signing', mountPath: FOLDERS.signing, readOnly: true }),
      ...markup.when('$.Values.git.forgeSecretName', { name: 'forge', mountPath: FOLDERS.forge, readOnly: true }),
      ...markup.when(HOOKS, { name: 'hook', mountPath: FOLDERS.hook, readOnly: true }),
      ...markup.when(CERT_MANAGER, { name: 'webhook', mountPath: FOLDERS.webhook, readOnly: true }),
    ],
  };
}

function argumentsTemplate(markup: Markup): string[] {
  return [
    'controller',
    argument(markup, 'delivery', '$.Values.delivery'),
    '--leader-elect',
    `--health-port=${PORTS.health}`,
    `--metrics-port=${PORTS.metrics}`,
    ...markup.when(WEBHOOK, `--webhook-port=${PORTS.webhook}`, `--webhook-service=${WEBHOOK_SERVICE}`),
    ...markup.when(`not ${WEBHOOK}`, '--webhook-port=0'),
    ...markup.when(CERT_MANAGER, `--webhook-cert-dir=${FOLDERS.webhook}`),
    ...markup.when('$.Values.namespaces', argument(markup, 'namespaces', 'join "," $.Values.namespaces')),
    ...optional(markup, 'watch-label', '$.Values.watchLabel'),
    ...markup.when(GIT, ...gitArguments(markup)),
    ...markup.when(REGISTRY, ...registryArguments(markup)),
    ...markup.when(
      HOOKS,
      `--hook-port=${PORTS.hook}`,
      `--hook-secret-file=${FOLDERS.hook}/secret`,
      markup.raw(`printf "--hook-peers=${HOOK_SERVICE}.%s.svc" $.Release.Namespace | quote`),
    ),
  ];
}

function gitArguments(markup: Markup): string[] {
  const isHttps = '(hasPrefix "https:" $.Values.git.url)';
  const app = '$.Values.git.githubApp.id';
  return [
    argument(markup, 'git-url', GIT),
    clusterName(markup),
    argument(markup, 'git-branch', '$.Values.git.branch'),
    ...optional(markup, 'git-username', '$.Values.git.username'),
    ...optional(markup, 'git-github-app-id', app),
    ...optional(markup, 'git-github-app-installation-id', '$.Values.git.githubApp.installationId'),
    ...optional(markup, 'git-author', '$.Values.git.author'),
    ...optional(markup, 'git-signing', '$.Values.git.signing'),
    ...optional(markup, 'git-on-foreign-change', '$.Values.git.onForeignChange'),
    ...optional(markup, 'git-approval', '$.Values.git.approval'),
    ...optional(markup, 'git-pull-requests', '$.Values.git.pullRequests'),
    ...optional(markup, 'git-forge', '$.Values.git.forge'),
    ...optional(markup, 'git-forge-url', '$.Values.git.forgeUrl'),
    ...markup.when('$.Values.git.createBranch', '--git-create-branch'),
    ...fluxArguments(markup),
    ...markup.when(app, `--git-github-app-key-file=${FOLDERS.git}/${APP_KEY}`),
    ...markup.when(`and ${isHttps} (not ${app})`, `--git-token-file=${FOLDERS.git}/password`),
    ...markup.when(`not ${isHttps}`, `--git-ssh-key-file=${FOLDERS.git}/identity`, `--git-known-hosts-file=${FOLDERS.git}/known_hosts`),
    ...markup.when('$.Values.git.ca', `--git-ca-file=${FOLDERS.git}/ca.crt`),
    ...markup.when('$.Values.git.signingSecretName', `--git-signing-key-file=${FOLDERS.signing}/identity`),
    ...markup.when('$.Values.git.forgeSecretName', `--git-forge-token-file=${FOLDERS.forge}/token`),
  ];
}

function registryArguments(markup: Markup): string[] {
  return [
    argument(markup, 'oci-repository', REGISTRY),
    clusterName(markup),
    ...optional(markup, 'git-on-foreign-change', '$.Values.git.onForeignChange'),
    ...optional(markup, 'git-approval', '$.Values.git.approval'),
    ...optional(markup, 'oci-tag', '$.Values.oci.tag'),
    ...optional(markup, 'oci-signing', '$.Values.oci.signing'),
    ...optional(markup, 'argocd-project', '$.Values.oci.argocd.project'),
    ...optional(markup, 'argocd-namespace', '$.Values.oci.argocd.namespace'),
    ...optional(markup, 'argocd-server', '$.Values.oci.argocd.server'),
    ...fluxArguments(markup),
    `--oci-docker-config-file=${FOLDERS.git}/.dockerconfigjson`,
    ...markup.when('$.Values.git.signingSecretName', `--oci-signing-key-file=${FOLDERS.signing}/cosign.key`),
  ];
}

function clusterName(markup: Markup): string {
  const value = 'required "git.clusterName is missing: the folder of this cluster in the repository" $.Values.git.clusterName';
  return argument(markup, 'cluster-name', value);
}

function fluxArguments(markup: Markup): string[] {
  return [
    ...optional(markup, 'flux-source', '$.Values.git.flux.source'),
    ...optional(markup, 'flux-namespace', '$.Values.git.flux.namespace'),
    ...optional(markup, 'flux-service-account', '$.Values.git.flux.serviceAccountName'),
  ];
}

function secretVolumes(markup: Markup): (object | string)[] {
  const volume = (name: string, secretName: string): object => ({
    name,
    secret: { secretName: markup.raw(secretName), defaultMode: 0o440 },
  });
  return [
    ...markup.when(
      REPOSITORY,
      volume('git', 'required "git.secretName is missing: the Secret with the credential" $.Values.git.secretName | quote'),
    ),
    ...markup.when('$.Values.git.signingSecretName', volume('signing', '$.Values.git.signingSecretName | quote')),
    ...markup.when('$.Values.git.forgeSecretName', volume('forge', '$.Values.git.forgeSecretName | quote')),
    ...markup.when(HOOKS, volume('hook', '$.Values.hooks.secretName | quote')),
    ...markup.when(CERT_MANAGER, volume('webhook', '"openclaw-webhook-cert-manager"')),
  ];
}
