import type { Step } from '../lifecycle/step';
import type { Runner } from './runner';
import { addFinalizer } from './steps/add-finalizer';
import { applyManifest } from './steps/apply';
import { clearRestore } from './steps/clear-restore';
import { deleteClaim } from './steps/delete-claim';
import { disownClaim } from './steps/disown-claim';
import { makeJob } from './steps/make-job';
import { letGo } from './steps/let-go';
import { makeSecret } from './steps/make-secret';
import { mirrorSecret } from './steps/mirror-secret';
import { previewManifest } from './steps/preview';
import { pruneObject } from './steps/prune';
import { publish } from './steps/publish';
import { removeFinalizer } from './steps/remove-finalizer';
import { removeJob } from './steps/remove-job';
import { stopWorkload } from './steps/stop-workload';
import { retire } from './steps/retire';
import { takeOver } from './steps/take-over';
import { unpublish } from './steps/unpublish';

/** One runner a kind of step. */
const RUNNERS: { readonly [K in Step['step']]: Runner<Extract<Step, { readonly step: K }>> } = {
  'add-finalizer': addFinalizer,
  'disown-claim': disownClaim,
  'make-secret': makeSecret,
  'take-over': takeOver,
  unpublish,
  preview: previewManifest,
  apply: applyManifest,
  publish,
  'let-go': letGo,
  retire,
  prune: pruneObject,
  'delete-claim': deleteClaim,
  'stop-workload': stopWorkload,
  'mirror-secret': mirrorSecret,
  'make-job': makeJob,
  'remove-job': removeJob,
  'clear-restore': clearRestore,
  'remove-finalizer': removeFinalizer,
};

export function runnerOf<S extends Step>({ step }: S): Runner<S> {
  // Each entry takes the steps of its own key; the compiler does not follow that through a union.
  return RUNNERS[step] as unknown as Runner<S>;
}
