// Names of models on the Hugging Face hub, as study.json writes them: hf:OWNER/NAME, with a revision and a file where wanted.
import { HpoError } from '../../../study/errors.js';

export interface HubName {
  readonly owner: string;
  readonly name: string;
  /** A branch, a tag or a commit. Default: main. */
  readonly revision: string;
  /** The file in the repository; undefined for the usual places of an ONNX file. */
  readonly file?: string;
}

const PREFIX = 'hf:';
/** The hub's own rule for owners and names. */
const PART = '[A-Za-z0-9_][A-Za-z0-9._-]{0,95}';
const FORM = new RegExp(`^${PREFIX}(${PART})/(${PART})(?:@(${PART}))?(?:/(.+))?$`);
/** Anything but `..`, empty parts and characters that are none of a plain path. */
const FILE = /^(?!.*(^|\/)\.{1,2}(\/|$))[A-Za-z0-9._+ -]+(\/[A-Za-z0-9._+ -]+)*$/;

export function isHubName(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** @throws HpoError ERR_BACKBONE where it is no name of a model. */
export function parseHubName(text: string, place = 'backbone.name'): HubName {
  const [, owner, name, revision = 'main', file] = FORM.exec(text) ?? [];
  const isPlain = file === undefined || FILE.test(file);
  if (owner !== undefined && name !== undefined && isPlain && !/\.\./.test(owner + name + revision)) {
    return { owner, name, revision, ...(file === undefined ? {} : { file }) };
  }
  throw new HpoError(
    'ERR_BACKBONE',
    `expected hf:OWNER/NAME, hf:OWNER/NAME@REVISION or either with /FILE, got ${JSON.stringify(text)} at ${place}`,
  );
}

/** The shortest text that `parseHubName` reads as this name. */
export function formatHubName({ owner, name, revision, file }: HubName): string {
  const at = revision === 'main' ? '' : `@${revision}`;
  return `${PREFIX}${owner}/${name}${at}${file === undefined ? '' : `/${file}`}`;
}
