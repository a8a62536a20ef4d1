import type { Step } from '../lifecycle/step';
import type { Runner } from './runner';
import { addFinalizer } from './steps/add-finalizer';
import { applyManifest } from './steps/apply';
import { deleteClaim } from './steps/delete-claim';
import { disownClaim } from './steps/disown-claim';
import { makeSecret } from './steps/make-secret';
import { previewManifest } from './steps/preview';
import { pruneObject } from './steps/prune';
import { publish } from './steps/publish';
import { removeFinalizer } from './steps/remove-finalizer';
import { stopDeployment } from './steps/stop-deployment';
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
  prune: pruneObject,
  'delete-claim': deleteClaim,
  'stop-deployment': stopDeployment,
  'remove-finalizer': removeFinalizer,
};

export function runnerOf<S extends Step>({ step }: S): Runner<S> {
  // Each entry takes the steps of its own key; the compiler does not follow that through a union.
  return RUNNERS[step] as unknown as Runner<S>;
}
