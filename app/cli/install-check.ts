import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../constructs';
import { findCluster } from '../../controller/api/find-cluster';
import { HttpApi } from '../../controller/api/http-api';
import type { ApiPort } from '../../controller/api/port';
import { checkInstall } from '../../controller/install/check';
import type { InstallOptions } from '../../controller/install/options';
import { installManifests } from '../../controller/install/install-chart';
import { uninstallPlan } from '../../controller/install/uninstall-plan';
import { systemClock } from '../../gitops/git/clock';
import { openFence } from '../../gitops/git/fence';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';
import { finding } from './start-failure';
import type { Streams } from './streams';

/** Runs `work` on the cluster of the flags. What the cluster refuses is told without a stack. */
async function onCluster<T>(values: FlagValues, work: (api: ApiPort) => Promise<T>): Promise<T> {
  const kubeconfig = text(values, 'kubeconfig');
  const access = await finding(() => findCluster(kubeconfig === undefined ? {} : { kubeconfig }));
  const api = new HttpApi({ access, clock: systemClock, fence: openFence });
  try {
    return await work(api);
  } catch (cause) {
    throw new RunFailure(`the cluster cannot be read: ${(cause as Error).message}`, { cause });
  } finally {
    api.close();
  }
}

/** `install --check`: what a cluster lacks. Ends with 1 where there is anything. */
export async function check(options: InstallOptions, crds: string, values: FlagValues, { stdout }: Streams): Promise<ExitCode> {
  const documents = parseAllDocuments(readFileSync(crds, 'utf8')).map((document) => document.toJS() as Manifest);
  const { findings, optional } = await onCluster(values, (api) => checkInstall(api, [...documents, ...installManifests(options)], options));
  const lines = [...(findings.length === 0 ? ['everything is there'] : findings), ...optional];
  stdout(lines.map((line) => `${line}\n`).join(''));
  return findings.length === 0 ? 0 : 1;
}

/** `uninstall --plan`: the order in which to go, and what stays. Ends with 1 where an instance would hang. */
export async function uninstall(operands: readonly string[], values: FlagValues, { stdout }: Streams): Promise<ExitCode> {
  if (operands.length > 0) throw new UsageError(`unknown argument "${operands[0]}": uninstall takes flags only`);
  if (values['plan'] !== true) throw new UsageError('write uninstall --plan: it tells the order in which to go, and deletes nothing');
  const { lines, stuck } = await onCluster(values, (api) => uninstallPlan(api, text(values, 'namespace') ?? ''));
  stdout(lines.map((line) => `${line}\n`).join(''));
  return stuck.length === 0 ? 0 : 1;
}
