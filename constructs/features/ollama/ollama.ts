import type { Construct } from 'constructs';
import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { fractionalAmounts } from '../../core/values/resources';
import { asset } from '../../wire/assets';
import { imageReference } from '../../wire/image';
import { containers, ports, volumes } from '../../wire/names';
import { hardened } from '../../wire/security-context';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type CheckInput, type DraftSpec, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Reference } from '../../spec/reference';
import type { Instance } from '../../spec/instance';
import { warning } from '../../spec/issue';

const REPOSITORY = 'docker.io/ollama/ollama';

/** HOME of the server. The models volume is its `.ollama` folder, so that a volume of an older installation fits. */
const HOME = '/ollama';

const BASE_URL = `http://127.0.0.1:${ports.ollama}`;

type ResolvedOllama = ResolvedOpenClawInstanceSpec['ollama'];

/** GPUs are counted in requests and limits alike: Kubernetes knows no overcommitted device. */
function resources({ resources: { requests, limits }, gpu }: ResolvedOllama): object {
  const devices = gpu ? { 'nvidia.com/gpu': gpu } : {};
  return { requests: { ...requests, ...devices }, limits: { ...limits, ...devices } };
}

/** What the server and the program that pulls models have in common. The image has no user of its own; any user will do. */
function base({ ollama, registry }: ResolvedOpenClawInstanceSpec) {
  return {
    image: imageReference(ollama.image, registry),
    imagePullPolicy: 'IfNotPresent',
    resources: resources(ollama),
    securityContext: hardened({ runAsUser: 1000, runAsGroup: 1000 }),
  };
}

const ENV = [
  { name: 'HOME', value: HOME },
  // Only the agent in the same pod is served.
  { name: 'OLLAMA_HOST', value: `127.0.0.1:${ports.ollama}` },
];

const MOUNTS = [
  { name: volumes.ollamaModels, mountPath: `${HOME}/.ollama` },
  { name: volumes.ollamaTmp, mountPath: '/tmp' },
];

function addVolumes({ pod }: Hosts, { storage }: ResolvedOllama): void {
  const source = storage.existingClaim
    ? { persistentVolumeClaim: { claimName: storage.existingClaim } }
    : { emptyDir: { sizeLimit: storage.sizeLimit } };
  pod.addVolume('ollama', { name: volumes.ollamaModels, ...source });
  pod.addVolume('ollama', { name: volumes.ollamaTmp, emptyDir: {} });
}

/** The application finds the server by itself once it has a key; any value will do. */
function connectAgent({ pod, config }: Hosts, models: readonly string[]): void {
  pod.addEnv('ollama', { name: 'OLLAMA_HOST', value: BASE_URL }, { name: 'OLLAMA_API_KEY', value: 'ollama-local' });
  if (models.length === 0) return;
  config.patch({
    models: {
      providers: {
        ollama: {
          baseUrl: BASE_URL,
          apiKey: 'ollama-local',
          api: 'ollama',
          models: models.map((model) => ({ id: model, name: model })),
        },
      },
    },
  });
}

function pullModels({ pod, config }: Hosts, { spec }: Instance, models: readonly string[]): void {
  const { path, mount } = config.addProgram('ollama', 'ollama-pull-models.sh', asset(__dirname, 'pull-models.sh'));
  pod.addInitContainer('ollama', {
    ...base(spec),
    name: containers.initOllama,
    command: ['/bin/sh', path],
    env: [...ENV, { name: 'OLLAMA_PULL', value: models.join('\n') }],
    volumeMounts: [...MOUNTS, mount],
  });
}

function bind(hosts: Hosts, instance: Instance): void {
  const { spec } = instance;
  const { models = [] } = spec.ollama;
  addVolumes(hosts, spec.ollama);
  hosts.pod.addContainer('ollama', {
    ...base(spec),
    name: containers.ollama,
    env: ENV,
    ports: [{ name: 'ollama', containerPort: ports.ollama, protocol: 'TCP' }],
    volumeMounts: MOUNTS,
  });
  connectAgent(hosts, models);
  if (models.length > 0) pullModels(hosts, instance, models);
}

const unpinned: Check = function* ({ spec }) {
  if (spec.ollama.image.digest === undefined) {
    yield warning(
      'spec.ollama.image.digest',
      'ollama/unpinned',
      'the Ollama image is not pinned: set a digest, so that restarts run what was tested',
    );
  }
};

const fractional: Check = function* ({ spec }) {
  for (const kind of ['requests', 'limits'] as const)
    yield* fractionalAmounts(spec.ollama.resources[kind], `spec.ollama.resources.${kind}`);
};

function* references({ spec }: CheckInput): Iterable<Reference> {
  const { storage } = spec.ollama;
  if (!storage.existingClaim) return;
  yield {
    kind: 'PersistentVolumeClaim',
    name: storage.existingClaim,
    path: 'spec.ollama.storage.existingClaim',
    purpose: 'Ollama models',
    keys: [],
  };
}

export const ollama: Part = {
  name: 'ollama',
  claims: ['ollama'],
  derive: (draft: DraftSpec) => {
    const image = ((draft.ollama ??= {}).image ??= {});
    image.repository ??= REPOSITORY;
    if (image.digest === undefined) image.tag ??= 'latest';
  },
  isEnabled: (spec) => spec.ollama.enabled,
  bind,
  checks: [unpinned, fractional],
  references,
};

/** A local model server beside the agent. */
export class Ollama extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, ollama, props);
  }
}
