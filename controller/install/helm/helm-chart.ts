import type { Manifest } from '../../../constructs';
import { writeDocuments } from '../../../constructs/wire/yaml/write-yaml';
import { CONTROLLER, controllerRbac } from '../../process/rbac';
import { webhookRegistration } from '../../webhook/registration';
import { registrationName } from '../../webhook/trust';
import { installManifests } from '../install-chart';
import { CERTIFICATE, HOOK_SERVICE, LABELS } from '../names';
import type { InstallOptions } from '../options';
import { deploymentTemplate } from './deployment';
import { Markup } from './markup';
import { HELPERS, NOTES } from './texts';
import { chartValues, valuesSchema } from './values';

/** A text that stands for the namespace of the release until the template is written: every object that names it then follows the release. */
const NAMESPACE = 'helm-namespace';
/** The same for one namespace of `namespaces`. */
const EACH = 'helm-each-namespace';
/** A label whose key and value are those of `watchLabel`. */
const LABEL = { key: 'helm-label-key', value: 'helm-label-value' } as const;

const SCOPED = '{{- if $.Values.namespaces }}';
const WEBHOOK = '{{- if $.Values.webhook.enabled }}';
const CERT_MANAGER = '{{- if and $.Values.webhook.enabled $.Values.webhook.certManager.enabled }}';
const END = '{{- end }}';

export interface ChartSettings {
  readonly options: InstallOptions;
  /** Our CRDs, each with the annotation that keeps it. */
  readonly crds: readonly Manifest[];
  readonly version: string;
}

/**
 * A Helm chart of the same objects as the printed install, as texts by their path. Nothing is written twice: templates are made of the objects
 * themselves, with values in the place of what flags say.
 */
export function helmChart({ options, crds, version }: ChartSettings): ReadonlyMap<string, string> {
  const values = chartValues(options);
  return new Map([
    ['Chart.yaml', written([chartFile(version)])],
    ['values.yaml', written([values])],
    ['values.schema.json', `${JSON.stringify(valuesSchema(values), null, 2)}\n`],
    ['templates/_helpers.tpl', HELPERS],
    ['templates/NOTES.txt', NOTES],
    ['templates/crds.yaml', guarded('{{- if $.Values.crds.install }}', literal(writeDocuments(crds.map(kept))))],
    ...templates(options),
  ]);
}

function written(documents: readonly Record<string, unknown>[]): string {
  return writeDocuments(documents).replace(/^---\n/, '');
}

function chartFile(version: string): Record<string, unknown> {
  return {
    apiVersion: 'v2',
    name: 'openclaw',
    description: 'The controller of openclaw-cdk8s, which runs OpenClaw assistants on Kubernetes.',
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: '>=1.30.0-0',
  };
}

/** Helm deletes what a chart no longer has: without this, every instance with its CRD (T-Q1). */
function kept(crd: Manifest): Manifest {
  const { metadata } = crd;
  return { ...crd, metadata: { ...metadata, annotations: { ...metadata.annotations, 'helm.sh/resource-policy': 'keep' } } };
}

/** A text in which Helm finds no instruction. */
function literal(text: string): string {
  return text.replaceAll('{{', () => '{{ "{{" }}');
}

function guarded(condition: string, text: string): string {
  return `${condition}\n${text}${END}\n`;
}

function templates(options: InstallOptions): [string, string][] {
  const of = (more: Partial<InstallOptions>): Manifest[] =>
    installManifests({
      ...options,
      namespace: NAMESPACE,
      scope: {},
      git: undefined,
      gitHubSecret: undefined,
      hookSecret: undefined,
      ...more,
    });
  const [plain, certified] = [of({ webhook: 'self', monitoring: true }), of({ webhook: 'cert-manager' })];
  const hooked = of({ webhook: 'self', hookSecret: 'hook' }).filter(isOfHooks);
  const files = new Map<string, string[]>();
  const add = (file: string, ...texts: readonly string[]): void => void files.set(file, [...(files.get(file) ?? []), ...texts]);
  add('rbac', ...rights());
  for (const object of [...plain.filter((one) => !isOfHooks(one)), ...hooked]) {
    const file = fileOf(object);
    if (file !== undefined) add(file, template(object));
  }
  for (const object of certified.filter(({ metadata }) => metadata.name === CERTIFICATE)) {
    add('webhook', guarded(CERT_MANAGER, document(object, new Markup())));
  }
  return [...files].map(([file, texts]) => [`templates/${file}.yaml`, texts.join('')]);
}

/** Which objects the deliveries of forges add or change, beside the Deployment. */
function isOfHooks({ kind, metadata: { name } }: Manifest): boolean {
  return kind === 'NetworkPolicy' || name === HOOK_SERVICE;
}

/** @returns `undefined` for what Helm makes itself, and for rights */
function fileOf({ kind, metadata: { name } }: Manifest): string | undefined {
  if (kind === 'ValidatingAdmissionPolicy' || kind === 'ValidatingAdmissionPolicyBinding') return 'admission-policies';
  if (kind === 'ClusterRole' && name !== CONTROLLER) return 'user-roles';
  if (kind === 'Namespace' || kind === 'ServiceAccount' || /Role(?:Binding)?$/.test(kind)) return undefined;
  if (kind === 'Deployment') return 'deployment';
  if (kind === 'ServiceMonitor' || kind === 'PrometheusRule') return 'monitoring';
  if (kind === 'ValidatingWebhookConfiguration' || name.includes('webhook')) return 'webhook';
  if (name === HOOK_SERVICE) return 'hook-service';
  return kind === 'Service' ? 'metrics-service' : kind.replaceAll(/\B[A-Z]/g, '-$&').toLowerCase();
}

function template(object: Manifest): string {
  const markup = new Markup();
  switch (object.kind) {
    case 'Deployment':
      return document(deploymentTemplate(object, markup), markup);
    case 'ValidatingWebhookConfiguration':
      return guarded(WEBHOOK, document(registrationTemplate(markup), markup));
    case 'Service':
      return serviceTemplate(object, markup);
    case 'ServiceMonitor':
    case 'PrometheusRule':
      return guarded('{{- if $.Values.metrics.serviceMonitor.enabled }}', document(object, markup));
    case 'ClusterRole':
      return guarded('{{- if $.Values.rbac.aggregateToDefaultRoles }}', document(object, markup));
    case 'NetworkPolicy':
      return document(policyTemplate(object, markup), markup);
    default:
      return document(object, markup);
  }
}

function serviceTemplate(service: Manifest, markup: Markup): string {
  const text = document(service, markup);
  if (service.metadata.name === HOOK_SERVICE) return guarded('{{- if $.Values.hooks.secretName }}', text);
  return service.metadata.name.includes('webhook') ? guarded(WEBHOOK, text) : text;
}

function isRight({ kind }: Manifest): boolean {
  return /Role(?:Binding)?$/.test(kind);
}

/** The rights of the whole cluster, or of some namespaces: each as `--print-rbac` prints it. */
function rights(): string[] {
  const [account] = controllerRbac(NAMESPACE) as Manifest[];
  // With a label the roles are those of the whole cluster, and have the names of a part of it.
  const whole = (controllerRbac(NAMESPACE, { watchLabel: 'a=b' }) as Manifest[]).filter(isRight);
  const scoped = (controllerRbac(NAMESPACE, { namespaces: [EACH] }) as Manifest[]).filter(isRight);
  const once = scoped.filter(({ metadata }) => metadata.namespace !== EACH);
  const each = scoped.filter(({ metadata }) => metadata.namespace === EACH);
  const markup = new Markup();
  const text = (objects: readonly Manifest[]): string => objects.map((object) => document(rightTemplate(object, markup), markup)).join('');
  return [
    document(accountTemplate(account as Manifest, markup), markup),
    guarded(
      SCOPED,
      `${text(once)}{{- range $.Values.namespaces }}\n${text(each).replaceAll(EACH, '{{ . | quote }}')}${END}\n{{- else }}\n${text(whole)}`,
    ),
  ];
}

function accountTemplate(account: Manifest, markup: Markup): Manifest {
  const { metadata } = account;
  const annotations = markup.field('annotations', '$.Values.serviceAccount.annotations', 4);
  return { ...account, metadata: { ...metadata, name: markup.raw('include "openclaw.serviceAccountName" $'), ...annotations } };
}

function rightTemplate(right: Manifest, markup: Markup): Manifest {
  const { subjects, rules } = right as { readonly subjects?: readonly object[]; readonly rules?: readonly NamedRule[] };
  return {
    ...right,
    ...(subjects && { subjects: subjects.map((subject) => ({ ...subject, name: markup.raw('include "openclaw.serviceAccountName" $') })) }),
    ...(rules && { rules: rules.map((rule) => ruleTemplate(rule, markup)) }),
  };
}

interface NamedRule {
  readonly resourceNames?: readonly string[];
}

function ruleTemplate(rule: NamedRule, markup: Markup): object {
  const { resourceNames } = rule;
  if (resourceNames === undefined || !resourceNames.includes(EACH)) return rule;
  const names = resourceNames.flatMap((name) => (name === EACH ? markup.each('$.Values.namespaces', markup.raw('. | quote')) : [name]));
  return { ...rule, resourceNames: names };
}

function policyTemplate(policy: Manifest, markup: Markup): Manifest {
  const { spec } = policy as unknown as {
    readonly spec: { readonly ingress: readonly [{ readonly ports: readonly object[] }, object, object] };
  };
  const [open, hooks, metrics] = spec.ingress;
  const [health, ...webhook] = open.ports;
  return {
    ...policy,
    spec: {
      ...spec,
      ingress: [
        { ...open, ports: [health, ...markup.when('$.Values.webhook.enabled', ...webhook)] },
        ...markup.when('$.Values.hooks.secretName', hooks),
        metrics,
      ],
    },
  };
}

interface Registration extends Manifest {
  readonly webhooks: readonly [
    { readonly namespaceSelector: object; readonly matchConditions: readonly object[] } & Readonly<Record<string, unknown>>,
  ];
}

function registrationTemplate(markup: Markup): Manifest {
  const scope = { namespaces: [EACH], watchLabel: `${LABEL.key}=${LABEL.value}` };
  const registration = webhookRegistration({ namespace: NAMESPACE, scope }) as Registration;
  const [{ matchConditions, namespaceSelector: _selector, ...webhook }] = registration.webhooks;
  const [ending, ...watched] = matchConditions;
  const isOne = {
    key: 'kubernetes.io/metadata.name',
    operator: 'In',
    values: markup.each('$.Values.namespaces', markup.raw('. | quote')),
  };
  const { annotations } = certifiedMetadata();
  return {
    ...registration,
    metadata: {
      ...registration.metadata,
      labels: LABELS,
      ...markup.fieldsWhen('$.Values.webhook.certManager.enabled', { annotations }),
    },
    webhooks: [
      {
        ...webhook,
        ...markup.fieldsWhen('$.Values.namespaces', { namespaceSelector: { matchExpressions: [isOne] } }),
        matchConditions: [ending, ...markup.when('$.Values.watchLabel', ...watched)],
      },
    ],
  };
}

function certifiedMetadata(): { readonly annotations: object } {
  return { annotations: { 'cert-manager.io/inject-ca-from': `${NAMESPACE}/${CERTIFICATE}` } };
}

/** The document as a template. Instructions that are in its texts already, such as those of alerts, are for others. */
function document(object: Manifest, markup: Markup): string {
  const label = '{{ (split "=" $.Values.watchLabel)';
  return (
    markup
      .apply(literal(writeDocuments([object])))
      .replaceAll(`${CONTROLLER}:${NAMESPACE}`, '{{ include "openclaw.roleName" $ }}')
      // The names of a Service go on.
      .replaceAll(
        new RegExp(`${registrationName(NAMESPACE, { watchLabel: 'a=b' })}(?!\\.)`, 'g'),
        '{{ include "openclaw.registrationName" $$ }}',
      )
      .replaceAll(LABEL.key, `${label}._0 }}`)
      .replaceAll(LABEL.value, `${label}._1 }}`)
      // A namespace may look like a number.
      .replaceAll(new RegExp(`(?<=: |- )${NAMESPACE}$`, 'gm'), '{{ $.Release.Namespace | quote }}')
      .replaceAll(NAMESPACE, '{{ $.Release.Namespace }}')
  );
}
