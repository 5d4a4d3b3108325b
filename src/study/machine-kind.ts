// What the numbers of a trial depend on besides the study: processor, engine, versions. Machines that agree in it are of one kind.

export interface MachineKind {
  readonly processor: string;
  /** Missing with a trainer of the user's own. */
  readonly engine?: string;
  /** Of hpo, its arithmetic, Node and the platform. */
  readonly versions: string;
}

export function isSameKind(a: MachineKind | undefined, b: MachineKind | undefined): boolean {
  return a?.processor === b?.processor && a?.engine === b?.engine && a?.versions === b?.versions;
}

/** In words. */
export function describeKind({ processor, engine, versions }: MachineKind): string {
  return [processor, ...(engine === undefined ? [] : [`engine ${engine}`]), versions].join(', ');
}
