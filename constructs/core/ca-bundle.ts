import type { Part, RuleInput } from '../part';
import type { Reference } from '../spec/reference';
import { paths, volumes } from '../wire/names';

function* references({ spec }: RuleInput): Iterable<Reference> {
  const { caBundle } = spec.security;
  if (caBundle === undefined) return;
  const { configMapName, secretName, key } = caBundle;
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
  create: (_scope, { pod }, { spec }) => {
    const { caBundle: bundle } = spec.security;
    if (bundle === undefined) return;
    const { configMapName, secretName, key } = bundle;
    const source = configMapName ? { configMap: { name: configMapName } } : { secret: { secretName } };
    pod.addVolume('ca-bundle', { name: volumes.caBundle, ...source });
    pod.addToOwnContainers({
      env: [{ name: 'NODE_EXTRA_CA_CERTS', value: paths.caBundle }],
      volumeMounts: [{ name: volumes.caBundle, mountPath: paths.caBundle, subPath: key, readOnly: true }],
    });
  },
};
