import { anInstance, refused, rendered, withMistake, withSpec, withoutNamespace } from '../../builders';

const base = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['alice-config'], verbs: ['get', 'watch'] };

const withRbac = (rbac: NonNullable<NonNullable<Parameters<typeof withSpec>[0]['security']>['rbac']>) => withSpec({ security: { rbac } });

describe('access to the API server', () => {
  it('is an account without a token, and a role that may read its own config', () => {
    const view = rendered(anInstance());
    expect(view.find('ServiceAccount')['automountServiceAccountToken']).toBe(false);
    expect(view.find('Role')['rules']).toEqual([base]);
    expect(view.find('RoleBinding')).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'alice' },
      subjects: [{ kind: 'ServiceAccount', name: 'alice', namespace: 'team-a' }],
    });
  });

  it('takes annotations of a cloud identity, and more rules, in order', () => {
    const rule = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] };
    const view = rendered(anInstance(withRbac({ serviceAccountAnnotations: { 'example.com/role': 'reader' }, additionalRules: [rule] })));
    expect(view.find('ServiceAccount').metadata.annotations).toEqual({ 'example.com/role': 'reader' });
    expect(view.find('Role')['rules']).toEqual([base, rule]);
  });

  it('T-J8 is given to an account of the user too, which is not made', () => {
    const view = rendered(anInstance(withRbac({ createServiceAccount: false, serviceAccountName: 'theirs' })));
    expect(view.manifests.map(({ kind }) => kind)).not.toContain('ServiceAccount');
    expect(view.find('Role')['rules']).toEqual([base]);
    expect(view.find('RoleBinding')['subjects']).toEqual([{ kind: 'ServiceAccount', name: 'theirs', namespace: 'team-a' }]);
    expect(view.pod['serviceAccountName']).toBe('theirs');
  });

  it('T-J7 an account of another name is made under that name', () => {
    const view = rendered(anInstance(withRbac({ serviceAccountName: 'bot' })));
    expect(view.has('ServiceAccount', 'bot')).toBe(true);
    expect(view.pod['serviceAccountName']).toBe('bot');
  });

  it.each([{}, { serviceAccountName: '' }])(
    'T-R15 T-J6 takes the account with the name of the instance where none is made or named: %j',
    (named) => {
      const view = rendered(anInstance(withRbac({ createServiceAccount: false, ...named })));
      expect(view.pod['serviceAccountName']).toBe('alice');
      expect(view.manifests.filter(({ kind }) => kind === 'ServiceAccount')).toEqual([]);
      expect(view.find('RoleBinding')['subjects']).toEqual([{ kind: 'ServiceAccount', name: 'alice', namespace: 'team-a' }]);
    },
  );

  it('T-J3 has no verb on Secrets and none on our own kinds while no feature needs one', () => {
    const rules = rendered(anInstance()).find('Role')['rules'] as (typeof base)[];
    expect(rules.flatMap(({ resources }) => resources)).toEqual(['configmaps']);
  });

  it('names no namespace where the instance has none', () => {
    const view = rendered(anInstance(withoutNamespace));
    for (const { metadata } of view.manifests) expect(metadata).not.toHaveProperty('namespace');
    // The server takes the namespace of the binding then.
    expect(view.find('RoleBinding')['subjects']).toEqual([{ kind: 'ServiceAccount', name: 'alice' }]);
  });
});

describe('the disruption budget', () => {
  it('lets one pod go by default, or as many as the user says', () => {
    expect(rendered(anInstance()).spec('PodDisruptionBudget')).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: { 'app.kubernetes.io/name': 'openclaw', 'app.kubernetes.io/instance': 'alice' } },
    });
    const none = withSpec({ availability: { podDisruptionBudget: { maxUnavailable: 0 } } });
    expect(rendered(anInstance(none)).spec('PodDisruptionBudget')['maxUnavailable']).toBe(0);
  });

  it('is left out when it is switched off', () => {
    const off = withSpec({ availability: { podDisruptionBudget: { enabled: false } } });
    expect(rendered(anInstance(off)).has('PodDisruptionBudget')).toBe(false);
  });
});

describe('a custom resource', () => {
  it.each(['1bot', 'a.b', 'Alice', 'a'.repeat(37), 'a-'])('T-Q10 is refused with the name %s, from which other names are made', (name) => {
    expect(refused(anInstance(name))).toContainEqual(
      expect.objectContaining({ severity: 'error', path: expect.stringMatching(/^(metadata\.name)?$/) }),
    );
  });

  it('T-Q3 has every default, however little is written', () => {
    for (const spec of [{}, { security: {} }, { security: null }]) {
      const view = rendered({ ...anInstance(), spec: withMistake(spec)(anInstance()).spec ?? {} });
      expect(view.instance.spec.security.podSecurityContext.runAsUser).toBe(1000);
    }
    const { spec: _unused, ...bare } = anInstance();
    expect(rendered(bare).agent.image).toBe('ghcr.io/openclaw/openclaw:latest');
  });
});
