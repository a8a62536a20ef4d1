import { fetchForeignCrds } from './foreign';
import { goBuild } from './go-build';
import { builtFolder, findProgram, linkerFlags, packages, programs } from './programs';

/**
 * Builds the programs and fetches the CRDs that this machine lacks, into the cache folder: about seven minutes on two cores the
 * first time, nothing to do later.
 *
 * @returns whether anything was missing
 * @throws Error if there is no Go, or the build fails (its own words are on stderr)
 */
export function build(): boolean {
  const wanted = programs.filter((program) => !findProgram(program));
  if (wanted.length) {
    const folder = builtFolder();
    console.error(`building ${wanted.join(', ')} into ${folder}: takes minutes the first time`);
    const chosen = Object.fromEntries(wanted.map((program) => [program, packages[program]]));
    try {
      goBuild({ module: __dirname, packages: chosen, linkerFlags: linkerFlags(), folder });
    } catch (error) {
      throw new Error('the programs of the cluster were not built; KUBEBUILDER_ASSETS may name a folder that has them', { cause: error });
    }
  }
  const isFetched = fetchForeignCrds();
  return wanted.length > 0 || isFetched;
}
