import { isDeepStrictEqual } from 'node:util';
import { ApiError, isAlreadyExists, isConflict } from '../api/errors';
import type { ApiPort } from '../api/port';
import { apply, create, get, mergePatch } from '../api/requests';
import { SetupError } from '../api/setup-error';
import { type Kind, secrets } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import { type Scope, isWhole } from '../objects/scope';
import { dataOf } from '../observe/own-secret';
import { type Certificate, bundleOf, isUsable, makeCertificate, namesOf } from './certificate';

/** The Secret with the certificate, in the controller's own namespace. */
const CERTIFICATE_SECRET = 'openclaw-webhook-certificate';

const REGISTRATION = 'openclaw-webhook';

/**
 * The registration of the webhook. The install makes it; we fill in whom the API server is to trust. One of a part of the cluster has the namespace of
 * its controller in its name, since there may be others.
 */
export function registrationName(namespace: string, scope: Scope): string {
  return isWhole(scope) ? REGISTRATION : `${REGISTRATION}.${namespace}`;
}

export const webhookConfigurations: Kind = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  namespaced: false,
};

const FIELD_MANAGER = 'openclaw-controller-webhook';

export interface TrustSettings {
  readonly api: ApiPort;
  /** The controller's own namespace. */
  readonly namespace: string;
  readonly scope: Scope;
  /** Name of the Service in front of the webhook. */
  readonly service: string;
  readonly now: () => Date;
}

/**
 * The certificate of the webhook: made, renewed in time, and made known to the API server with the path of the webhook. Any replica reads it; one that
 * leads makes it.
 *
 * The API server trusts a new certificate before anybody shows it, and the old one until it ends: no request in between is refused.
 */
export class Trust {
  /** Made, and not written yet: the API server is not asked to trust another one with every try. */
  private pending: Certificate | undefined;

  public constructor(private readonly settings: TrustSettings) {}

  /** What is there to be shown. @default - nothing yet */
  public async read(): Promise<Certificate | undefined> {
    const { api, namespace } = this.settings;
    const secret = await get(api, secrets, namespace, CERTIFICATE_SECRET);
    return secret && certificateIn(secret);
  }

  /** Makes or renews the certificate where that is due, and has the API server trust it. Only for the one that leads. */
  public async keepUp(path: string): Promise<void> {
    const { service, namespace, now } = this.settings;
    const names = namesOf(service, namespace);
    const current = await this.read();
    if (current && isUsable(current, names, now())) {
      await this.register(path, [current]);
      return;
    }
    if (this.pending === undefined || !isUsable(this.pending, names, now())) this.pending = makeCertificate(names, now());
    const next = this.pending;
    await this.register(path, current ? [next, current] : [next]);
    await this.write(next);
    this.pending = undefined;
  }

  private async write({ certificate, key }: Certificate): Promise<void> {
    const { api, namespace } = this.settings;
    const data = { 'tls.crt': encoded(certificate), 'tls.key': encoded(key) };
    const metadata = { name: CERTIFICATE_SECRET, namespace };
    try {
      await create(api, { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await this.overwrite(data);
    }
  }

  private async overwrite(data: object): Promise<void> {
    const { api, namespace } = this.settings;
    try {
      await mergePatch(api, secrets, namespace, CERTIFICATE_SECRET, { data });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 422)) throw error;
      const remedy = `kubectl -n ${namespace} delete secret ${CERTIFICATE_SECRET}, and it is made anew`;
      const what = 'has no certificate that is good for two months and cannot be changed';
      throw new SetupError(`Secret ${namespace}/${CERTIFICATE_SECRET} ${what}: ${remedy}`, { cause: error });
    }
  }

  /**
   * Tells the API server where to ask. Adds certificates to those that it trusts, and drops the ones that have ended; with none, that is up to somebody
   * else. Without a registration there is nothing to do, and one with `url` is up to whoever wrote it: beside it there may be no Service.
   */
  public async register(path: string, certificates: readonly Certificate[] = []): Promise<void> {
    const { api, now, namespace, scope } = this.settings;
    const registered = registrationName(namespace, scope);
    const registration = await get(api, webhookConfigurations, undefined, registered);
    const all = (registration?.['webhooks'] ?? []) as readonly RegisteredWebhook[];
    const webhooks = all.filter(({ clientConfig: { url } }) => url === undefined);
    const told = webhooks.map(({ name, clientConfig }) => {
      const before = Buffer.from(clientConfig.caBundle ?? '', 'base64').toString();
      const bundle = bundleOf([...certificates.map(({ certificate }) => certificate), before], now());
      return { name, clientConfig: { ...(certificates.length > 0 && { caBundle: encoded(bundle) }), service: { path } } };
    });
    const before = webhooks.map(({ name, clientConfig: { caBundle, service } }) => ({
      name,
      clientConfig: { ...(certificates.length > 0 && { caBundle }), service: { path: service?.path } },
    }));
    if (isDeepStrictEqual(told, before)) return;
    const { apiVersion, kind } = webhookConfigurations;
    const wish = { apiVersion, kind, metadata: { name: registered }, webhooks: told };
    try {
      await apply(api, wish, { fieldManager: FIELD_MANAGER, force: true, kind: webhookConfigurations });
    } catch (error) {
      // It was changed or removed meanwhile: the next look finds it as it is.
      if (!isConflict(error)) throw error;
    }
  }
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

interface RegisteredWebhook {
  readonly name: string;
  readonly clientConfig: { readonly url?: string; readonly caBundle?: string; readonly service?: { readonly path?: string } };
}

function certificateIn(secret: KubeObject): Certificate | undefined {
  const data = dataOf(secret);
  const [certificate = '', key = ''] = ['tls.crt', 'tls.key'].map((name) => Buffer.from(data[name] ?? '', 'base64').toString());
  return certificate === '' || key === '' ? undefined : { certificate, key };
}
