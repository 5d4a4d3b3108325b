// The address of a queue, from the command line or the environment, and how it is kept out of lists of processes.
import { parseAddress } from '../cluster/address.js';
import { HpoError } from '../study/errors.js';

export const QUEUE_VARIABLE = 'HPO_QUEUE';

/** @param text of the command line; true where the option has no value. @throws HpoError ERR_USAGE. */
export function queueAddress(text: string | true | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const address = text === undefined || text === true ? env[QUEUE_VARIABLE] : text;
  if (address === undefined || address === '') {
    throw new HpoError('ERR_USAGE', `expected the address of a queue, on the command line or in ${QUEUE_VARIABLE}`);
  }
  parseAddress(address, env);
  return address;
}

/** A process's arguments can be read by everybody on the machine: a title without credentials takes their place. */
export function hideAddress(command: string, address: string): void {
  const title = titleWithout(address, command, process.argv);
  if (title !== undefined) process.title = title;
}

/** The title to take; undefined where the arguments do not have the address. */
export function titleWithout(address: string, command: string, argv: readonly string[]): string | undefined {
  // Also within --queue=<address>.
  const isThere = argv.some((argument) => argument.includes(address));
  return isThere ? `hpo ${command} ${parseAddress(address).shown}` : undefined;
}
