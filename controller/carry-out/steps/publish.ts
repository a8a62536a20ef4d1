import type { Failure } from '../../decide/outcome';
import type { Publish } from '../../lifecycle/step';
import type { Runner } from '../runner';

const NO_REPOSITORY: Failure = {
  reason: 'GitNotConfigured',
  message: 'delivery is "git" and the controller has no repository: set one, or change the delivery',
  transient: false,
};

/** Hands the manifests of the plan over; nobody waits for the commit. */
export const publish: Runner<Publish> = {
  stage: 'change',
  describe: () => 'delivery',
  run: async (_step, { git, plan, instance, report }) => {
    if (git === undefined) return NO_REPOSITORY;
    if (plan) report.git = await git.publish(plan, instance);
    return 'done';
  },
};
