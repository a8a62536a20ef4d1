import { ports } from '../../wire/names';

/** What containerboot, the first program of the image, puts in place of this: the device's name in the tailnet. */
const SELF = '${TS_CERT_DOMAIN}:443';

/**
 * What the device offers: HTTPS, with a certificate that Tailscale gets, in front of the gateway. A `serve` is for members of the tailnet, a
 * `funnel` for the internet.
 */
export function serveConfig(mode: 'serve' | 'funnel'): string {
  const document = {
    TCP: { '443': { HTTPS: true } },
    Web: { [SELF]: { Handlers: { '/': { Proxy: `http://127.0.0.1:${ports.gateway}` } } } },
    ...(mode === 'funnel' && { AllowFunnel: { [SELF]: true } }),
  };
  return `${JSON.stringify(document)}\n`;
}
