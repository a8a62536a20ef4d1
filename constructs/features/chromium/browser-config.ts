import type { JsonObject } from '../../spec/json';
import type { Dialect } from '../../spec/dialect';

/** Models ask for either name, so both lead to the sidecar. */
const PROFILES = ['default', 'chrome'];

/** Releases before 2026.8 refuse a profile without a color, later ones refuse one with it. */
const COLOR = '#4285F4';

/**
 * The `browser` block of openclaw.json.
 *
 * @param url where the browser's DevTools answer
 * @param config what the user wrote: a profile with a `cdpPort` of its own keeps it
 */
export function browserConfig(url: string, dialect: Dialect, config: JsonObject): JsonObject {
  const old = dialect === 'before-2026.8';
  const written = (config['browser'] as { profiles?: Record<string, { cdpPort?: unknown }> } | undefined)?.profiles;
  const profile = (name: string): JsonObject => ({
    ...(written?.[name]?.cdpPort === undefined && { cdpUrl: url }),
    ...(old && { color: COLOR }),
  });
  return {
    enabled: true,
    // Never start a browser in the agent's own container.
    attachOnly: true,
    defaultProfile: 'default',
    ...(old && { remoteCdpTimeoutMs: 30_000 }),
    profiles: Object.fromEntries(PROFILES.map((name) => [name, profile(name)])),
  };
}
