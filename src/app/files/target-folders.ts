// The folders of another domain with other paths.
import type { TargetFolders } from '../../images/indexing/image-data.js';

/** A part of the data of a study: nothing where it has no other domain. */
export function movedTarget(
  { target }: { readonly target?: TargetFolders | undefined },
  move: (path: string) => string,
): { readonly target?: TargetFolders } {
  if (target === undefined) return {};
  const moved = (name: keyof TargetFolders): TargetFolders => {
    const path = target[name];
    return path === undefined ? {} : { [name]: move(path) };
  };
  return { target: { ...moved('unlabelled'), ...moved('validation'), ...moved('test') } };
}
