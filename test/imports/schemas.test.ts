import { laterDefaults, referenceDefaults } from './reference-defaults';
import { at, instanceDefaults, nodes, plurals, schemaOf, type Schema } from './schemas';

const instance = schemaOf('openclawinstances');
const spec = at(instance, 'spec');
/** What `resolve` adds to what the server stores. */
const added = at(instanceDefaults(), 'spec');
const selfConfig = at(schemaOf('openclawselfconfigs'), 'spec');
/** Reads `a b c` as a list. */
const words = (text: string): string[] => text.split(' ');

const defaults = { ...referenceDefaults, ...laterDefaults };

/** Fields whose presence means something: the server must not make them. */
const presence = [
  'security.caBundle',
  'webTerminal.credential',
  'networking.ingress.security.basicAuth',
  'config.configMapRef',
  'workspace.configMapRef',
];

/** Paths of a schema that have a default, with it. */
function defaultsIn(schema: Schema): Map<string, unknown> {
  return new Map(
    nodes(schema).flatMap((node): [string, unknown][] => (node.schema.default === undefined ? [] : [[node.path, node.schema.default]])),
  );
}

const isInGroup = (path: string): boolean => path.includes('.');
const isPresence = (path: string): boolean =>
  presence.some((group) => path.startsWith(`${group}.`)) || path.includes('[]') || path.endsWith('.paths');

describe('defaults of OpenClawInstance', () => {
  const [served, resolved] = [defaultsIn(spec), defaultsIn(added)];
  test.each(Object.entries(defaults))('%s', (path, value) => {
    // The server fills in what stands in a group that was written, and resolve what stands in one that was not.
    expect(served.get(path)).toEqual(isInGroup(path) ? value : undefined);
    expect(resolved.get(path)).toEqual(isPresence(path) ? undefined : value);
  });

  test('T-R13 the server has no other: none of a group, none of a field of the spec itself', () => {
    expect([...served.keys()].filter((path) => !(path in defaults) || !isInGroup(path))).toEqual([]);
  });

  test('resolve has no other, but for groups that then always exist', () => {
    const groups = [...resolved].filter(([path]) => !(path in defaults));
    for (const [path, value] of groups) expect([path, value]).toEqual([path, {}]);
    expect(groups.map(([path]) => path).filter((path) => presence.includes(path))).toEqual([]);
  });

  test('T-Q3 every group above a default has one too, but for those whose presence means something', () => {
    const parents = Object.keys(defaults).flatMap((path) => path.split('.').map((_, index, steps) => steps.slice(0, index).join('.')));
    const without = [...new Set(parents)].filter(
      (path) => path !== '' && !isPresence(path) && !path.endsWith('.hosts[]') && !resolved.has(path),
    );
    expect(without.toSorted()).toEqual(
      presence.filter((path) => path !== 'workspace.configMapRef' && path !== 'webTerminal.credential').toSorted(),
    );
  });

  test('T-E11 T-Q4 T-Q11 nothing that moves with releases or that cluster defaults set has one', () => {
    const moving = nodes(spec).filter(({ path }) => /(^|\.)image($|\.)|^(registry|env|runtimeDeps)($|[.[])/.test(path));
    expect(moving.length).toBeGreaterThan(20);
    for (const { path } of moving) {
      const group = /^(chromium|tailscale|ollama|webTerminal)\.image$/.test(path) ? {} : undefined;
      expect([path, served.get(path), resolved.get(path)]).toEqual([path, undefined, group]);
    }
  });
});

describe('limits', () => {
  test.each([
    ['skills', 20],
    ['plugins', 20],
    ['config.forcePaths', 20],
    ['workspace.initialDirectories', 20],
    ['workspace.additionalWorkspaces', 10],
    ['workspace.additionalWorkspaces[].initialDirectories', 20],
    ['workspace.additionalWorkspaces[].skills', 20],
    ['initContainers', 10],
    ['extraVolumes', 10],
    ['extraVolumeMounts', 10],
    ['networking.service.ports', 20],
    ['gateway.controlUiOrigins', 20],
    ['ollama.models', 10],
    ['selfConfigure.allowedActions', 4],
  ])('%s: at most %d', (path, count) => {
    expect(at(spec, path).maxItems).toBe(count);
  });

  test.each(['addSkills', 'removeSkills', 'removeWorkspaceFiles', 'addEnvVars', 'removeEnvVars'])('self-config %s: at most 10', (path) => {
    expect(at(selfConfig, path).maxItems).toBe(10);
  });

  test('files: at most 50, and 10 in a request', () => {
    expect(at(spec, 'workspace.initialFiles').maxProperties).toBe(50);
    expect(at(spec, 'workspace.additionalWorkspaces[].initialFiles').maxProperties).toBe(50);
    expect(at(selfConfig, 'addWorkspaceFiles').maxProperties).toBe(10);
  });

  test.each([
    ['networking.service.ports[].port', 1, 65535],
    ['networking.httpRoute.port', 1, 65535],
    ['availability.autoScaling.targetCPUUtilization', 1, 100],
    ['availability.autoScaling.targetMemoryUtilization', 1, 100],
    ['availability.autoScaling.minReplicas', 1, undefined],
    ['availability.autoScaling.maxReplicas', 1, undefined],
    ['backup.retentionDays', 1, 365],
    ['backup.historyLimit', 0, undefined],
    ['backup.failedHistoryLimit', 0, undefined],
    ['ollama.gpu', 0, undefined],
  ])('%s: %s to %s', (path, minimum, maximum) => {
    expect(at(spec, path)).toMatchObject({ minimum, ...(maximum !== undefined && { maximum }) });
  });

  test('basicAuth.username and skill names', () => {
    expect(at(spec, 'networking.ingress.security.basicAuth.username').maxLength).toBe(64);
    expect(at(spec, 'skills[]').maxLength).toBe(128);
  });
});

describe('choices', () => {
  test.each([
    ['image.pullPolicy', ['Always', 'IfNotPresent', 'Never']],
    ['config.mergeMode', ['overwrite', 'merge']],
    ['config.format', ['json', 'json5']],
    ['skillPackUpdatePolicy', ['Replace', 'CreateOnly']],
    ['security.podSecurityContext.fsGroupChangePolicy', ['OnRootMismatch', 'Always']],
    ['tailscale.mode', ['serve', 'funnel']],
    ['networking.service.type', ['ClusterIP', 'LoadBalancer', 'NodePort']],
    ['networking.service.ports[].protocol', ['TCP', 'UDP', 'SCTP']],
    ['networking.ingress.hosts[].paths[].pathType', ['Prefix', 'Exact', 'ImplementationSpecific']],
    ['observability.logging.level', ['debug', 'info', 'warn', 'error']],
    ['observability.logging.format', ['json', 'text']],
    ['selfConfigure.allowedActions[]', ['skills', 'config', 'workspaceFiles', 'envVars']],
  ])('%s', (path, choices) => {
    // The empty text is no choice: it means that none was made.
    expect((at(spec, path).enum ?? []).filter((choice) => choice !== '')).toEqual(choices);
  });

  test('phases', () => {
    expect(at(instance, 'status.phase').enum).toEqual(
      expect.arrayContaining([
        'Pending',
        'Provisioning',
        'Running',
        'Degraded',
        'Failed',
        'Terminating',
        'BackingUp',
        'Restoring',
        'Updating',
        'Suspended',
      ]),
    );
    expect(at(instance, 'status.autoUpdate.updatePhase').enum).toEqual(['', 'BackingUp', 'ApplyingUpdate', 'HealthCheck', 'RollingBack']);
    expect(at(schemaOf('openclawselfconfigs'), 'status.phase').enum).toEqual(['Pending', 'Applied', 'Failed', 'Denied']);
  });
});

const fieldsOf = (path: string): string[] => Object.keys(at(instance, path).properties ?? {}).toSorted();

describe('status of OpenClawInstance', () => {
  test('has every field of the reference and the later ones', () => {
    expect(fieldsOf('status')).toEqual(
      words(
        'autoUpdate backingUpSince backupJobName canvasEndpoint conditions delivery gatewayEndpoint git lastBackupPath lastBackupTime lastReconcileTime managedResources mayRestoreAgain observedGeneration overrides phase restoreJobMade restoreJobName restoredFrom restoringFrom',
      ),
    );
    expect(fieldsOf('status.autoUpdate')).toEqual(
      words(
        'currentVersion failedVersion lastCheckTime lastUpdateError lastUpdateTime latestVersion pendingVersion preUpdateBackupPath previousVersion rollbackCount updatePhase',
      ),
    );
    expect(fieldsOf('status.managedResources')).toEqual(
      words(
        'backupCronJob basicAuthSecret chromiumPVC configMap deployment gatewayTokenSecret grafanaDashboardInstance grafanaDashboardOperator horizontalPodAutoscaler httpRoute networkPolicy podDisruptionBudget prometheusRule pvc role roleBinding service serviceAccount statefulSet tailscaleStateSecret',
      ),
    );
    expect(fieldsOf('status.git')).toEqual(words('branch commit generation path plan pullRequest repository signingKey tree'));
  });
});

describe('what two field managers can share', () => {
  test.each([
    ['spec.env', ['name']],
    ['spec.chromium.extraEnv', ['name']],
    ['spec.initContainers', ['name']],
    ['spec.sidecars', ['name']],
    ['spec.sidecarVolumes', ['name']],
    ['spec.extraVolumes', ['name']],
    ['spec.extraVolumeMounts', ['mountPath']],
    ['spec.workspace.additionalWorkspaces', ['name']],
    ['status.conditions', ['type']],
  ])('%s is a map by %s', (path, keys) => {
    expect(at(instance, path)).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
  });

  test.each(['skills', 'plugins', 'config.forcePaths', 'selfConfigure.allowedActions'])('spec.%s is a set', (path) => {
    expect(at(spec, path)['x-kubernetes-list-type']).toBe('set');
  });
});

describe('embedded Kubernetes types', () => {
  const embedded = words(
    'initContainers[] sidecars[] sidecarVolumes[] extraVolumes[] extraVolumeMounts[] env[] envFrom[] chromium.extraEnv[] security.networkPolicy.additionalEgress[] availability.affinity availability.tolerations[] availability.topologySpreadConstraints[] security.containerSecurityContext.capabilities image.pullSecrets[]',
  );

  test.each(embedded)('%s keeps unknown fields at every depth, has no defaults and atomic lists inside', (path) => {
    for (const { path: inner, schema } of nodes(at(spec, path))) {
      const keeps = schema.type === 'object' && schema.additionalProperties === undefined ? true : undefined;
      expect([inner, schema['x-kubernetes-preserve-unknown-fields'], schema['x-kubernetes-list-type']]).toEqual([inner, keeps, undefined]);
      // A default of our own may stand on the type as a whole.
      expect([inner, inner === '' ? undefined : schema.default]).toEqual([inner, undefined]);
    }
  });

  test('T24 T-K4 every amount has the pattern of a quantity', () => {
    const amounts = nodes(spec).filter(({ path }) =>
      /\.(cpu|memory|size|sizeLimit|minFree|divisor)$|resources\.(limits|requests)\{\}$/.test(path),
    );
    expect(amounts.length).toBeGreaterThan(30);
    for (const { path, schema } of amounts) {
      expect([path, schema['x-kubernetes-int-or-string']]).toEqual([path, true]);
      const pattern = new RegExp(schema.pattern ?? 'none');
      expect(['10GB', '1 Gi', 'x', ' ', '4gi'].filter((text) => pattern.test(text))).toEqual([]);
      expect(['10Gi', '500m', '.5', '2', '1e3', '1E-3', '0.1M'].filter((text) => !pattern.test(text))).toEqual([]);
    }
  });
});

test('every kind loads in a few milliseconds worth of text', () => {
  for (const plural of plurals) expect(JSON.stringify(schemaOf(plural)).length).toBeLessThan(160_000);
});
