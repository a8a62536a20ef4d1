import type { Construct } from 'constructs';
import { addInstallation } from '../../core/installer/installer';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { warning } from '../../spec/issue';
import { containers, volumes } from '../../wire/names';

/** A name without a prefix is one of ClawHub. */
function sourceOf(name: string): string {
  return name.startsWith('npm:') ? name : `clawhub:${name}`;
}

function bind(hosts: Hosts, instance: Instance): void {
  const { plugins: wanted = [] } = instance.spec;
  addInstallation(hosts, instance, {
    owner: 'plugins',
    container: containers.initPlugins,
    tmp: volumes.pluginsTmp,
    entries: wanted.toSorted().map((name) => ({ kind: 'plugin', name: sourceOf(name) })),
  });
}

/** The application loads what is installed unless its config says otherwise. */
const switchedOff: Check = function* ({ config }) {
  const { plugins: given } = config as { plugins?: { enabled?: unknown } };
  if (given?.enabled !== false) return;
  yield warning(
    'spec.plugins',
    'plugins/switched-off',
    'are installed and not loaded, since plugins.enabled of openclaw.json is false: remove one of them',
  );
};

export const plugins: Part = {
  name: 'plugins',
  claims: ['plugins'],
  isEnabled: ({ plugins: wanted = [] }) => wanted.length > 0,
  bind,
  checks: [switchedOff],
};

/** Plugins of the application, installed before it starts. */
export class Plugins extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, plugins, props);
  }
}
