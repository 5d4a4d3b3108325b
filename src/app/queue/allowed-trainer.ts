// Which trainer of a study a worker executes: the one that its own command line names, and no other, whatever a message says.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { HpoError, messageOf } from '../../study/errors.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { isCommand } from '../../study/schema/trainer-schema.js';
import { type StudyFromFile, readStudyFile } from '../files/study-file.js';

type OwnStudy = Pick<StudyFromFile, 'definition' | 'directory'>;

/**
 * @param digest SHA-256 of the study's trainer module.
 * @param allowed of the command line: a module, or a study.json whose trainer is the study's.
 * @returns the study with the trainer of this machine.
 * @throws HpoError ERR_TRAINER_MODULE, ERR_TRAINER_COMMAND where the command line does not allow the study's trainer.
 */
export function allowedTrainer(
  definition: StudyDefinition,
  digest: string | undefined,
  allowed: string | undefined,
): OwnStudy {
  const { trainer } = definition;
  const needsCommand = isCommand(trainer);
  const code = needsCommand ? 'ERR_TRAINER_COMMAND' : 'ERR_TRAINER_MODULE';
  if (allowed === undefined || trainer === undefined) {
    const what = needsCommand ? 'a study.json with the same command' : '<module>, or a study.json with it';
    throw new HpoError(
      code,
      `expected --trainer ${what}, got none: the study has a trainer of its own, and a worker executes only what its command line names`,
    );
  }
  if (/\.json$/i.test(allowed)) {
    const own = readStudyFile(allowed);
    if (!isDeepStrictEqual(own.definition.trainer, trainer)) {
      throw new HpoError(
        code,
        `${own.file}: expected the study's trainer, found another one: copy the study's file here`,
      );
    }
    if (!isCommand(trainer)) checkModule(resolve(own.directory, trainer.module), digest);
    return { definition, directory: own.directory };
  }
  if (needsCommand) {
    throw new HpoError(code, `expected a study.json with the study's command at --trainer, got ${allowed}`);
  }
  const module = resolve(allowed);
  checkModule(module, digest);
  return { definition: { ...definition, trainer: { ...trainer, module } }, directory: dirname(module) };
}

function checkModule(path: string, digest: string | undefined): void {
  let own: string;
  try {
    own = createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    throw new HpoError('ERR_TRAINER_MODULE', messageOf(error), { cause: error });
  }
  if (own !== digest) {
    throw new HpoError(
      'ERR_TRAINER_MODULE',
      `${path}: expected the study's trainer module, found a file of other content: copy the study's file here`,
    );
  }
}
