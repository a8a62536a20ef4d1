import { fractionalAmounts } from '../../core/values/resources';
import type { Check } from '../../part';
import { dialectOf } from '../../spec/dialect';
import { warning } from '../../spec/issue';
import { annotations, volumeFolders } from '../../wire/names';
import { trustsProxyUsers } from './gateway-config';
import { isOnVolume } from './identity';

const setup: Check = function* ({ spec: { tailscale } }) {
  if (tailscale.image.digest === undefined) {
    yield warning(
      'spec.tailscale.image.digest',
      'tailscale/unpinned',
      'the Tailscale image is not pinned: set a digest, so that restarts run what was tested',
    );
  }
  if (tailscale.authKeySecretRef === undefined) {
    yield warning(
      'spec.tailscale.authKeySecretRef',
      'tailscale/no-auth-key',
      'without an auth key somebody has to open the login link in the log of the container tailscale: name a Secret that holds a key',
    );
  }
};

/** A browser shows its origin, and the application turns away those that it was not told. Only the tailnet knows its own name. */
const origin: Check = function* ({ name, spec, config }) {
  const { controlUi } = (config['gateway'] ?? {}) as { controlUi?: { allowedOrigins?: unknown } };
  const written = Array.isArray(controlUi?.allowedOrigins) ? (controlUi.allowedOrigins as unknown[]) : [];
  const origins = [...(spec.gateway.controlUiOrigins ?? []), ...written];
  if (origins.some((one) => typeof one === 'string' && one.endsWith('.ts.net'))) return;
  yield warning(
    'spec.gateway.controlUiOrigins',
    'tailscale/origin',
    `browsers that come through the tailnet are turned away: add https://${spec.tailscale.hostname ?? name}.YOUR-TAILNET.ts.net`,
  );
};

const sso: Check = function* ({ spec, config, annotations: stated }) {
  const { authSSO, mode } = spec.tailscale;
  const why =
    dialectOf(stated[annotations.appVersion] ?? spec.image.tag) !== 'before-2026.8'
      ? 'has no effect from release 2026.8 on, which asks every visitor for the gateway token'
      : mode === 'funnel' && 'has no effect for visitors from the internet, whom a funnel lets in: they need the gateway token';
  if (authSSO && why !== false) yield warning('spec.tailscale.authSSO', 'tailscale/sso', why);
  if (trustsProxyUsers(config)) {
    yield warning(
      'spec.tailscale',
      'tailscale/trusted-proxy',
      'in mode trusted-proxy the gateway takes nobody that comes through the tailnet, whose visitors could claim to be any user: use mode token, or reach it through your proxy',
    );
  }
};

const identity: Check = function* ({ spec }, hosts) {
  if (!isOnVolume(hosts, { spec }) || hosts.pod.volumeFolders.includes(volumeFolders.private)) return;
  const { enabled } = spec.storage.persistence;
  yield warning(
    enabled ? 'spec.storage.persistence.existingClaim' : 'spec.storage.persistence.enabled',
    'tailscale/identity',
    `the device is a new one after each restart of the pod: with selfConfigure its identity lies on the data volume, which ${
      enabled ? `the agent sees whole; annotate the instance with ${annotations.volumeLayout}: subfolder` : 'is off; switch it on'
    }`,
  );
};

const resources: Check = function* ({ spec }) {
  for (const kind of ['requests', 'limits'] as const)
    yield* fractionalAmounts(spec.tailscale.resources[kind], `spec.tailscale.resources.${kind}`);
};

export const checks: readonly Check[] = [setup, origin, sso, identity, resources];
