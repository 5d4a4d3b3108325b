// What is predicted of an image: one class, or several labels that it has or has not, independently of each other.

export type Task = 'multiclass' | 'multilabel';

/** What each record of images says of its task: those of one class say nothing, as in earlier versions. */
export interface OfTask {
  readonly task?: Task;
}

/** To hand on, where it is said. */
export function taskOf({ task }: OfTask): OfTask {
  return task === undefined ? {} : { task };
}

export function isMultilabel({ task }: OfTask): boolean {
  return task === 'multilabel';
}
