import { jobBegun } from '../../constructs/wire/names';
import { storyJobs } from '../observe/story-jobs';
import { RESTORES, unfinishedJobs } from './job';
import type { StateMachine } from './machine';

/**
 * A Job that still writes to the volume and that no story tells of: its story was taken out of the status, or it was made by a request that the server
 * carried out late. Nobody would wait for it, so it goes.
 */
export const strayJobs: StateMachine = (observed) => {
  const { instance } = observed;
  const told = new Set(storyJobs(instance));
  const isStray = (job: string): boolean =>
    !told.has(job) && RESTORES.some((type) => jobBegun(instance.metadata.name, type, job) !== undefined);
  const strays = unfinishedJobs(observed).filter(({ metadata }) => metadata.deletionTimestamp === undefined && isStray(metadata.name));
  return strays.length === 0 ? undefined : { steps: strays.map((job) => ({ step: 'remove-job', job })) };
};
