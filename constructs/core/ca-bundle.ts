import type { Instance } from '../spec/instance';
import type { Part, CheckInput } from '../part';
import type { Reference } from '../spec/reference';
import { paths, volumes } from '../wire/names';

type CaBundle = NonNullable<Instance['spec']['security']['caBundle']>;

/** The part is on only where there is one. */
function bundleOf({ security }: Instance['spec']): CaBundle {
  return security.caBundle as CaBundle;
}

function* references({ spec }: CheckInput): Iterable<Reference> {
  const { configMapName, secretName, key } = bundleOf(spec);
  const purpose = 'certificate authorities';
  if (configMapName) yield { kind: 'ConfigMap', name: configMapName, path: 'spec.security.caBundle', purpose, keys: [key] };
  if (secretName) yield { kind: 'Secret', name: secretName, path: 'spec.security.caBundle', purpose, keys: [key] };
}

/**
 * A private certificate authority in every container of ours. Node reads it through NODE_EXTRA_CA_CERTS, which adds to its own roots. Go
 * programs read every file of the folder in which it is mounted, so that they need no variable, and SSL_CERT_FILE would replace their roots.
 */
export const caBundle: Part = {
  name: 'ca-bundle',
  claims: ['security.caBundle'],
  references,
  isEnabled: ({ security }) => security.caBundle !== undefined,
  bind: ({ pod }, { spec }) => {
    const { configMapName, secretName, key } = bundleOf(spec);
    const source = configMapName ? { configMap: { name: configMapName } } : { secret: { secretName } };
    pod.addToOwnContainers('ca-bundle', {
      volumes: [{ name: volumes.caBundle, ...source }],
      env: [{ name: 'NODE_EXTRA_CA_CERTS', value: paths.caBundle }],
      volumeMounts: [{ name: volumes.caBundle, mountPath: paths.caBundle, subPath: key, readOnly: true }],
    });
  },
};
