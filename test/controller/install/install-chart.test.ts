import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseInvocation } from '../../../app/cli/parse';
import type { Manifest } from '../../../constructs';
import { writeDocuments } from '../../../constructs/wire/yaml/write-yaml';
import { installManifests } from '../../../controller/install/install-chart';
import type { InstallOptions } from '../../../controller/install/options';
import { controllerRbac } from '../../../controller/process/rbac';
import { anInstall, installs, sshGit } from './install-options';

const GOLDEN = join(__dirname, 'install.golden.yaml');

// oxlint-disable-next-line typescript/no-explicit-any -- looks into objects of Kubernetes at any depth
type Json = any;

function of(manifests: readonly Manifest[], kind: string, name?: string): Json {
  const found = manifests.filter((one) => one.kind === kind && (name === undefined || one.metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} objects ${kind} ${name ?? ''}`);
  return found[0];
}

function deploymentOf(options: InstallOptions): Json {
  return of(installManifests(options), 'Deployment');
}

function podOf(options: InstallOptions): Json {
  return deploymentOf(options).spec.template.spec;
}

/** The roles of the cluster that gather this one. */
function gatheredBy({ metadata }: Json): string[] {
  return Object.keys(metadata.labels).flatMap((label) => /aggregate-to-(\w+)$/.exec(label)?.[1] ?? []);
}

const every = Object.entries(installs);

describe('an install', () => {
  it('is what it was', () => {
    const text = writeDocuments(installManifests(anInstall()));
    // `UPDATE_GOLDEN=1 npx jest test/controller/install` writes it anew.
    if (process.env['UPDATE_GOLDEN']) writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it.each(every)('T-J10 has the account and rights that --print-rbac prints, and no others: %s', (_name, options) => {
    const manifests = installManifests(options);
    const unlabelled = ({ metadata: { labels: _labels, ...metadata }, ...object }: Json): Json => ({ ...object, metadata });
    const printed = (controllerRbac(options.namespace, options.scope) as Json[]).map(unlabelled);
    const isRight = ({ kind, metadata }: Json): boolean => /Role|Account/.test(kind) && !/-(?:view|edit)$/.test(metadata.name);
    expect(manifests.map(unlabelled)).toEqual(expect.arrayContaining(printed));
    expect(manifests.map(unlabelled).filter(isRight)).toEqual(printed.filter(isRight));
  });

  it.each(every)('puts everything that has a namespace into the one of the controller: %s', (_name, options) => {
    const places = installManifests(options).map(({ metadata }) => metadata.namespace);
    expect(new Set(places)).toEqual(new Set([undefined, options.namespace, ...(options.scope?.namespaces ?? [])]));
  });

  it.each(every)('marks everything as its own, each object once: %s', (_name, options) => {
    const manifests = installManifests(options);
    expect(manifests.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'])).toEqual(
      manifests.map(() => 'openclaw-controller'),
    );
    const ids = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(every)('has no Secret: %s', (_name, options) => {
    expect(installManifests(options).filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it.each(every)('selects its pods by labels that they have: %s', (_name, options) => {
    const manifests = installManifests(options);
    const { selector, template } = deploymentOf(options).spec;
    const selectors = [
      selector.matchLabels,
      template.spec.topologySpreadConstraints[0].labelSelector.matchLabels,
      of(manifests, 'PodDisruptionBudget').spec.selector.matchLabels,
      of(manifests, 'NetworkPolicy').spec.podSelector.matchLabels,
      ...manifests.filter(({ kind }) => kind === 'Service').map((service) => (service as Json).spec.selector),
    ];
    for (const labels of selectors) expect(template.metadata.labels).toEqual(labels);
  });

  it.each(every)('leads every Service and probe to a port that the pod names, and lets it in: %s', (_name, options) => {
    const manifests = installManifests(options);
    const [container] = podOf(options).containers;
    const ports = new Map<string, number>(container.ports.map(({ name, containerPort }: Json) => [name, containerPort]));
    const services = manifests.filter(({ kind }) => kind === 'Service') as Json[];
    const asked = services.flatMap(({ spec }) => spec.ports.map(({ targetPort }: Json) => targetPort));
    const probed = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.port);
    for (const port of [...asked, ...probed]) expect([...ports.keys()]).toContain(port);
    const open = of(manifests, 'NetworkPolicy').spec.ingress.flatMap((rule: Json) => rule.ports.map(({ port }: Json) => port));
    expect(open.toSorted()).toEqual([...ports.values()].toSorted());
  });
});

describe('the pods of an install', () => {
  it.each(every)('pass the level restricted, and write to a scratch folder only: %s', (_name, options) => {
    const { securityContext, containers, volumes } = podOf(options);
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } });
    expect(containers).toHaveLength(1);
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const writable = containers[0].volumeMounts.filter(({ readOnly }: Json) => readOnly !== true);
    expect(writable).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
    expect(volumes[0]).toEqual({ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } });
  });

  it.each(every)('run the program with arguments that it understands: %s', (_name, options) => {
    const { command, values, operands } = parseInvocation(podOf(options).containers[0].args);
    expect([command, operands]).toEqual(['controller', []]);
    expect(values).toMatchObject({ delivery: options.delivery, 'leader-elect': true });
    expect([values['git-url'] ?? values['oci-repository'], values['cluster-name']]).toEqual(
      options.git ? [options.git.url, 'prod'] : [undefined, undefined],
    );
  });

  it.each(every)('find every file that an argument names in a mounted Secret: %s', (_name, options) => {
    const { containers, volumes } = podOf(options);
    const [{ args, volumeMounts }] = containers;
    const files: string[] = args.flatMap((argument: string) => /^--[\w-]+(?:file|dir)=(.*)$/.exec(argument)?.[1] ?? []);
    const mounts = new Map<string, string>(volumeMounts.map(({ mountPath, name }: Json) => [mountPath, name]));
    const mounted = files.map((file) => [...mounts].find(([path]) => file === path || file.startsWith(`${path}/`))?.[1]);
    const secretNames = mounted.map((name) => volumes.find((volume: Json) => volume.name === name)?.secret?.secretName);
    expect(secretNames).not.toContain(undefined);
    // And no Secret is mounted for nothing.
    expect(new Set(mounted)).toEqual(new Set(volumes.map(({ name }: Json) => name).filter((name: string) => name !== 'tmp')));
  });

  it('T40 T-Q8 are told every port, also of what is off', () => {
    expect(podOf(anInstall({ webhook: 'none' })).containers[0].args).toEqual([
      'controller',
      '--delivery=apply',
      '--leader-elect',
      '--health-port=8081',
      '--metrics-port=8080',
      '--webhook-port=0',
    ]);
  });

  it('T22 T-L11 know their namespace from the pod itself', () => {
    expect(podOf(anInstall()).containers[0].env).toEqual([
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ]);
  });

  it('get a token of GitHub from a Secret, and only where one is named', () => {
    expect(podOf(anInstall({ gitHubSecret: 'github' })).containers[0].env[1]).toEqual({
      name: 'GITHUB_TOKEN',
      valueFrom: { secretKeyRef: { name: 'github', key: 'token' } },
    });
  });

  it('take no variable of the pod for a part of an argument', () => {
    const git = { ...sshGit, flags: ['--git-author=$(GITHUB_TOKEN) <a@example.com>'] };
    expect(podOf(anInstall({ git })).containers[0].args).toContain('--git-author=$$(GITHUB_TOKEN) <a@example.com>');
  });

  it('are replaced one by one, the next before the last', () => {
    const { replicas, strategy } = deploymentOf(anInstall({ replicas: 3 })).spec;
    expect(replicas).toBe(3);
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  });
});

describe('what people may do', () => {
  const manifests = installManifests(anInstall());

  it('T43 T-Q7 view, edit and admin of a namespace have our kinds', () => {
    const view = of(manifests, 'ClusterRole', 'openclaw-controller-view');
    const edit = of(manifests, 'ClusterRole', 'openclaw-controller-edit');
    expect([view, edit].map(gatheredBy)).toEqual([
      ['admin', 'edit', 'view'],
      ['admin', 'edit'],
    ]);
    expect(view.rules[0].verbs).toEqual(['get', 'list', 'watch']);
    expect(edit.rules[0].resources).toEqual(['openclawinstances', 'openclawselfconfigs']);
  });

  it('T-Q7 who may edit instances gives no rights by them that he could not give himself', () => {
    const policy = of(manifests, 'ValidatingAdmissionPolicy', 'openclaw-additional-rules');
    expect(policy.spec.validations[0].expression).toContain("resource('roles').namespace(request.namespace).check('create').allowed()");
    expect(policy.spec.failurePolicy).toBe('Fail');
    expect(of(manifests, 'ValidatingAdmissionPolicyBinding', 'openclaw-additional-rules').spec.validationActions).toEqual(['Deny']);
  });
});

describe('who may approve a plan', () => {
  it('is who holds a verb of its own: neither view, nor edit, nor admin has it', () => {
    const manifests = installManifests(anInstall());
    const policy = of(manifests, 'ValidatingAdmissionPolicy', 'openclaw-approvals');
    expect(policy.spec.validations[0].expression).toContain(".name(object.metadata.name).check('approve').allowed()");
    expect(policy.spec.failurePolicy).toBe('Fail');
    expect(of(manifests, 'ValidatingAdmissionPolicyBinding', 'openclaw-approvals').spec.validationActions).toEqual(['Deny']);
    const verbs = ['view', 'edit'].flatMap((role) => of(manifests, 'ClusterRole', `openclaw-controller-${role}`).rules[0].verbs);
    expect(verbs).not.toContain('approve');
    expect(verbs).not.toContain('*');
  });
});

describe('the webhook of an install', () => {
  it('is registered for the Service that leads to it', () => {
    const manifests = installManifests(anInstall({ namespace: 'assistants' }));
    const { clientConfig } = of(manifests, 'ValidatingWebhookConfiguration').webhooks[0];
    expect(clientConfig).toEqual({ service: { name: 'openclaw-webhook', namespace: 'assistants', port: 443 } });
    expect(of(manifests, 'Service', 'openclaw-webhook').spec.ports[0].port).toBe(443);
  });

  it('T45 T-Q6 of some namespaces is not asked about others', () => {
    const found = of(installManifests(anInstall({ scope: { namespaces: ['team-a'] } })), 'ValidatingWebhookConfiguration');
    expect(found.metadata.name).toBe('openclaw-webhook.openclaw-system');
    expect(found.webhooks[0].namespaceSelector).toEqual({
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['team-a'] }],
    });
  });

  it('of a label is asked about instances that have it', () => {
    const found = of(installManifests(anInstall({ scope: { watchLabel: 'example.com/team=blue' } })), 'ValidatingWebhookConfiguration');
    expect(found.webhooks[0].matchConditions[1]).toEqual({
      name: 'is-watched',
      expression: "request.resource.resource != 'openclawinstances' || object.metadata.?labels['example.com/team'].orValue('') == 'blue'",
    });
  });

  it('says nothing of whom to trust: the controller fills that in, and no apply takes it away', () => {
    expect(JSON.stringify(installManifests(anInstall()))).not.toContain('caBundle');
  });

  it('has its certificate from cert-manager where that is wished, by a name of its own', () => {
    const manifests = installManifests(anInstall({ webhook: 'cert-manager', namespace: 'assistants' }));
    const certificate = of(manifests, 'Certificate');
    expect(certificate.spec.dnsNames).toContain('openclaw-webhook.assistants.svc');
    const { annotations } = of(manifests, 'ValidatingWebhookConfiguration').metadata;
    expect(annotations).toEqual({ 'cert-manager.io/inject-ca-from': `assistants/${certificate.metadata.name}` });
    expect(certificate.spec.secretName).not.toBe('openclaw-webhook-certificate');
  });

  it('is not there at all where it is not wanted', () => {
    const ids = installManifests(anInstall({ webhook: 'none' })).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(ids.filter((id) => /webhook/i.test(id))).toEqual([]);
    expect(ids).toHaveLength(installManifests(anInstall()).length - 2);
  });
});

describe('the monitoring of an install', () => {
  const manifests = installManifests(anInstall({ monitoring: true }));

  it('T79 T-O8 keeps the labels that name an instance', () => {
    expect(of(manifests, 'ServiceMonitor').spec.endpoints).toEqual([{ port: 'metrics', interval: '30s', honorLabels: true }]);
  });

  it('asks a port that a Service has', () => {
    expect(of(manifests, 'Service', 'openclaw-controller-metrics').spec.ports[0].name).toBe('metrics');
  });
});
