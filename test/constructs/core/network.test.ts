import { anInstance, rendered, withChromium, withIngress, withMistake, withSpec, withoutNamespace, refused } from '../../builders';

const everyPort = [
  { port: 18790, protocol: 'TCP' },
  { port: 18794, protocol: 'TCP' },
  { port: 9090, protocol: 'TCP' },
];

describe('the Service', () => {
  it('leads the ports of gateway and canvas to the proxy', () => {
    expect(rendered(anInstance()).spec('Service')).toEqual({
      type: 'ClusterIP',
      selector: { 'app.kubernetes.io/name': 'openclaw', 'app.kubernetes.io/instance': 'alice' },
      ports: [
        { name: 'gateway', port: 18789, targetPort: 18790, protocol: 'TCP' },
        { name: 'canvas', port: 18793, targetPort: 18794, protocol: 'TCP' },
        { name: 'metrics', port: 9090, targetPort: 9090, protocol: 'TCP' },
      ],
    });
  });

  it('T-A9 names no field that the API server allocates', () => {
    const { spec } = { spec: rendered(anInstance(withSpec({ networking: { service: { type: 'LoadBalancer' } } }))).spec('Service') };
    expect(Object.keys(spec).sort()).toEqual(['ports', 'selector', 'type']);
  });

  it('has the ports of the user instead of ours, complete, but for that of the metrics', () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 18790 },
      { name: 'dns', port: 53, protocol: 'UDP' as const },
    ];
    expect(rendered(anInstance(withChromium(), withSpec({ networking: { service: { ports } } }))).spec('Service')['ports']).toEqual([
      { name: 'http', port: 80, targetPort: 18790, protocol: 'TCP' },
      { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
      { name: 'metrics', port: 9090, targetPort: 9090, protocol: 'TCP' },
    ]);
  });

  it('T-A6 carries the annotations of the user and sets nothing beside them', () => {
    const annotations = { 'example.com/lb': 'internal' };
    expect(rendered(anInstance(withSpec({ networking: { service: { annotations } } }))).find('Service').metadata.annotations).toEqual(
      annotations,
    );
    expect(rendered(anInstance()).find('Service').metadata).not.toHaveProperty('annotations');
  });

  it.each(['LoadBalancer', 'NodePort'] as const)('T-P7 warns that nobody outside reaches a %s, unless addresses are named', (type) => {
    const service = withSpec({ networking: { service: { type } } });
    expect(rendered(anInstance(service)).warned('network-policy/external')).toHaveLength(1);
    const allowed = withSpec({ security: { networkPolicy: { allowedIngressCIDRs: ['0.0.0.0/0'] } } });
    expect(rendered(anInstance(service, allowed)).warnings).toEqual([]);
  });
});

const portsOf = (...modifiers: readonly ReturnType<typeof withSpec>[]) =>
  (rendered(anInstance(...modifiers)).spec('NetworkPolicy')['ingress'] as { ports: { port: number }[] }[])[0]?.ports.map(
    ({ port }) => port,
  );

/** The ports of each egress rule that names no address. */
const waysOut = (...modifiers: readonly ReturnType<typeof withSpec>[]) =>
  (rendered(anInstance(...modifiers)).spec('NetworkPolicy')['egress'] as { ports?: { port: number; protocol: string }[] }[]).map(
    ({ ports = [] }) => ports.map(({ port, protocol }) => `${protocol}/${port}`),
  );

describe('the NetworkPolicy', () => {
  it('E39 closes the way out to named ranges', () => {
    const ranges = { allowHTTPS: false, allowedEgressCIDRs: ['192.0.2.0/24'] };
    const view = rendered(anInstance(withSpec({ security: { networkPolicy: ranges } })));
    expect(view.warnings).toEqual([]);
    expect(view.spec('NetworkPolicy')['egress']).toEqual([
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      { to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] },
    ]);
    const closed = withSpec({ security: { networkPolicy: { allowHTTPS: false } } });
    expect(rendered(anInstance(closed)).warned('network-policy/closed')).toHaveLength(1);
  });

  it('E39 T-D12 lets DNS out on the ports that the cluster has', () => {
    const openShift = withSpec({ security: { networkPolicy: { dnsPorts: [53, 5353] } } });
    expect(waysOut(openShift)[0]).toEqual(['UDP/53', 'TCP/53', 'UDP/5353', 'TCP/5353']);
    const none = withSpec({ security: { networkPolicy: { allowDNS: false, dnsPorts: [5353] } } });
    expect(waysOut(none)).toEqual([['TCP/443']]);
    expect(refused(anInstance(withSpec({ security: { networkPolicy: { dnsPorts: [] } } })))).not.toEqual([]);
  });

  it('lets the own namespace in, DNS and HTTPS out', () => {
    expect(rendered(anInstance()).spec('NetworkPolicy')).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'openclaw', 'app.kubernetes.io/instance': 'alice' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }], ports: everyPort }],
      egress: [
        {
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        },
        { ports: [{ port: 443, protocol: 'TCP' }] },
      ],
    });
  });

  it('T-D12 opens what the user names, fragments byte for byte', () => {
    const additionalEgress = [{ to: [{ namespaceSelector: {}, newField: 1 }], ports: [{ port: 80 }, { port: 'metrics' }] }];
    const networkPolicy = {
      allowedIngressNamespaces: ['edge', 'ops'],
      allowedIngressCIDRs: ['10.0.0.0/8'],
      allowedEgressCIDRs: ['192.168.0.0/16', 'fd00::/8'],
      allowDNS: false,
      additionalEgress,
    };
    const spec = rendered(anInstance(withMistake({ security: { networkPolicy } }))).spec('NetworkPolicy');
    expect(spec['ingress']).toEqual([
      {
        from: [
          { podSelector: {} },
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'edge' } } },
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ops' } } },
          { ipBlock: { cidr: '10.0.0.0/8' } },
        ],
        ports: everyPort,
      },
    ]);
    expect(spec['egress']).toEqual([
      { ports: [{ port: 443, protocol: 'TCP' }] },
      { to: [{ ipBlock: { cidr: '192.168.0.0/16' } }] },
      { to: [{ ipBlock: { cidr: 'fd00::/8' } }] },
      ...additionalEgress,
    ]);
  });

  it('T-D11 lets nobody in when the own namespace is shut out and no one is named', () => {
    const networkPolicy = { allowSameNamespaceIngress: false };
    expect(rendered(anInstance(withSpec({ security: { networkPolicy } }))).spec('NetworkPolicy')).toMatchObject({
      ingress: [],
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('T-D7 opens the ports behind the Service: those of the browser, those of the user, each once', () => {
    const custom = withSpec({
      networking: {
        service: {
          ports: [
            { name: 'a', port: 80, targetPort: 18790 },
            { name: 'b', port: 81, targetPort: 18790 },
          ],
        },
      },
    });
    expect(portsOf(withChromium())).toEqual([18790, 18794, 9222, 9090]);
    expect(portsOf(custom)).toEqual([18790, 9090]);
    expect(portsOf(custom, withChromium())).toEqual([18790, 9090, 9222]);
    expect(portsOf(withSpec({ gateway: { enabled: false } }))).toEqual([18789, 9090]);
  });

  it('names no namespace of its own, so that an instance without one has the same policy', () => {
    expect(rendered(anInstance(withoutNamespace)).spec('NetworkPolicy')).toEqual(rendered(anInstance()).spec('NetworkPolicy'));
  });

  it('is left out, with a warning, when it is switched off', () => {
    const view = rendered(anInstance(withSpec({ security: { networkPolicy: { enabled: false } } })));
    expect(view.has('NetworkPolicy')).toBe(false);
    expect(view.warned('network-policy/off')).toHaveLength(1);
  });
});

it('T-D9 refuses an Ingress path whose port the Service does not have', () => {
  const ports = withSpec({ networking: { service: { ports: [{ name: 'http', port: 80, targetPort: 18790 }] } } });
  expect(refused(anInstance(withIngress('nginx'), ports))).toContainEqual(
    expect.objectContaining({
      path: 'spec.networking.ingress.hosts',
      severity: 'error',
      message: expect.stringContaining('service.ports'),
    }),
  );
  const hosts = [{ host: 'a.example.com', paths: [{ port: 80 }] }];
  expect(rendered(anInstance(withIngress('nginx', { hosts }), ports)).has('Ingress')).toBe(true);
});
