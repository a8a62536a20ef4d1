import type { Facts, OpenClawInstanceSpec } from '../../../constructs';
import { anInstance, refused, rendered, withSpec } from '../../builders';

type HttpRouteSpec = NonNullable<NonNullable<OpenClawInstanceSpec['networking']>['httpRoute']>;

const LET_IN = withSpec({ security: { networkPolicy: { allowedIngressNamespaces: ['gateways'] } } });

function withRoute(httpRoute: HttpRouteSpec = {}) {
  return withSpec({ networking: { httpRoute: { enabled: true, parentRefs: [{ name: 'public' }], ...httpRoute } } });
}

/** The warnings of a route to a port of the Service. */
function warnedAt(port: number) {
  return rendered(anInstance(LET_IN, withRoute({ port }))).warned('http-route/port');
}

function served(isServed: boolean): Facts {
  return { servedKinds: new Map([['gateway.networking.k8s.io/v1/HTTPRoute', isServed]]) };
}

describe('http route', () => {
  it('is absent by default', () => {
    expect(rendered(anInstance()).has('HTTPRoute')).toBe(false);
  });

  it('leads from its Gateways to the Service', () => {
    const parent = { name: 'public', namespace: 'gateways', sectionName: 'https' };
    const view = rendered(
      anInstance(LET_IN, withRoute({ parentRefs: [parent], hostnames: ['alice.example.com'], annotations: { 'example.com/team': 'a' } })),
    );
    expect(view.warnings).toEqual([]);
    expect(view.find('HTTPRoute')).toMatchObject({
      apiVersion: 'gateway.networking.k8s.io/v1',
      metadata: { namespace: 'team-a', annotations: { 'example.com/team': 'a' } },
    });
    expect(view.spec('HTTPRoute')).toEqual({
      parentRefs: [parent],
      hostnames: ['alice.example.com'],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name: 'alice', port: 18789 }] }],
    });
  });

  it('takes every host name of the Gateway where none is named', () => {
    expect(rendered(anInstance(LET_IN, withRoute())).spec('HTTPRoute')).not.toHaveProperty('hostnames');
  });

  it('T-B17 lets browsers in from its host names, but for those with a star', () => {
    const { openclaw } = rendered(anInstance(LET_IN, withRoute({ hostnames: ['alice.example.com', '*.example.org'] })));
    expect(openclaw).toHaveProperty('gateway.controlUi.allowedOrigins', [
      'http://localhost:18789',
      'http://127.0.0.1:18789',
      'https://alice.example.com',
    ]);
  });

  it('needs a Gateway', () => {
    expect(refused(anInstance(LET_IN, withRoute({ parentRefs: [] })))).toContainEqual(
      expect.objectContaining({ path: 'spec.networking.httpRoute.parentRefs', rule: 'http-route/no-parent' }),
    );
  });

  it('T-D9 warns of a port that the Service lacks', () => {
    expect(warnedAt(18793)).toEqual([]);
    expect(warnedAt(80)).toHaveLength(1);
  });

  it('T-P7 warns where the NetworkPolicy does not let the Gateway in', () => {
    expect(rendered(anInstance(withRoute())).warned('http-route/network-policy')).toHaveLength(1);
    expect(rendered(anInstance(LET_IN, withRoute())).warned('http-route/network-policy')).toEqual([]);
  });

  it('is left out with a warning where the cluster lacks the Gateway API, and everything else is there', () => {
    const written = anInstance(LET_IN, withRoute());
    const without = rendered(written, served(false));
    expect(without.names).toEqual(rendered(written).names.filter((name) => name !== 'HTTPRoute/alice'));
    expect(without.warned('http-route/not-installed')).toHaveLength(1);
    expect(rendered(written, served(true)).warnings).toEqual([]);
  });
});
