import * as nodeModule from 'node:module';
import type * as Client from '@kubernetes/client-node' with { 'resolution-mode': 'import' };

export type KubeConfig = Client.KubeConfig;

/** What we use of the library. */
type ClientLibrary = Pick<typeof Client, 'KubeConfig'>;

/** The part of the library that finds and authenticates a cluster. */
const CONFIG = '@kubernetes/client-node/dist/config.js';

/** What that part imports: a client for every kind of Kubernetes, 50 MiB in memory, of which it uses two exports. */
const GENERATED = './gen/index.js';

/** Where those two stand. */
const USED = { createConfiguration: './gen/configuration.js', ServerConfiguration: './gen/servers.js' };

/** As node gives it, from 22.15 on; the types that we compile with are older. */
interface ModuleHooks {
  readonly registerHooks?: (hooks: { resolve: Resolve }) => { deregister(): void };
}

type Resolve = (
  specifier: string,
  context: { readonly parentURL?: string },
  next: (specifier: string, context: object) => object,
) => object;

/**
 * Loads the library that finds clusters, an optional dependency: who only makes manifests may leave its 50 MB out.
 *
 * The clients that it generates are left out where node lets us, since the controller speaks for itself: they would be more than half of its memory.
 * Where not, or where the library has other files one day, all of it is loaded, which is the same but for the memory.
 *
 * @throws Error that says how to install it
 */
export async function clientLibrary(): Promise<ClientLibrary> {
  try {
    return await lightLibrary();
  } catch {
    return wholeLibrary();
  }
}

async function lightLibrary(): Promise<ClientLibrary> {
  const { registerHooks } = nodeModule as ModuleHooks;
  if (registerHooks === undefined) return wholeLibrary();
  const hooks = registerHooks({ resolve: withoutGenerated });
  try {
    return (await import(CONFIG)) as ClientLibrary;
  } finally {
    hooks.deregister();
  }
}

/** Gives the one module in place of that of all clients; every other import is left as it is. */
const withoutGenerated: Resolve = (specifier, context, next) => {
  const { parentURL = '' } = context;
  if (specifier !== GENERATED || !parentURL.endsWith(`/${CONFIG}`)) return next(specifier, context);
  const exports = Object.entries(USED).map(([name, file]) => `export { ${name} } from ${JSON.stringify(new URL(file, parentURL).href)};`);
  return { url: `data:text/javascript,${encodeURIComponent(exports.join(''))}`, format: 'module', shortCircuit: true };
};

async function wholeLibrary(): Promise<ClientLibrary> {
  try {
    return await import('@kubernetes/client-node');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error(
      'the package @kubernetes/client-node is not installed, without which no cluster is found: npm install @kubernetes/client-node',
      { cause },
    );
  }
}
