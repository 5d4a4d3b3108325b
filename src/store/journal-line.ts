// A line of the journal is sealed: it ends with its number and a checksum, so that a changed, lost or moved line is noticed.
import { crc32Hex } from '../system/crc32.js';

/** What follows the event's own fields: `,"line":12,"crc":"0a1b2c3d"}`. */
const SEAL = /,"line":(\d{1,15}),"crc":"([0-9a-f]{8})"\}$/;
/** More than any seal is long. */
const SEAL_BYTES = 48;
const CRC_FIELD = ',"crc":"';

/** The line of an event's JSON, newline included. @param line counted from 1. */
export function sealLine(json: string, line: number): Buffer {
  const numbered = Buffer.from(`${json.slice(0, -1)},"line":${line}`);
  return Buffer.concat([numbered, Buffer.from(`${CRC_FIELD}${crc32Hex(numbered)}"}\n`)]);
}

export type OpenedLine =
  /** `json`: the event's own, without the seal. */
  | { readonly status: 'whole'; readonly json: Buffer }
  | { readonly status: 'unsealed' }
  /** `problem`: "a line 12 with checksum 0a1b2c3d, got ...". */
  | { readonly status: 'broken'; readonly problem: string };

/** Checks a line, without its newline, against its seal. */
export function openLine(bytes: Buffer, line: number): OpenedLine {
  const end = bytes.toString('latin1', Math.max(0, bytes.length - SEAL_BYTES));
  const seal = SEAL.exec(end);
  if (seal === null) return { status: 'unsealed' };
  const [text, number, written] = seal as unknown as readonly [string, string, string];
  const numberedEnd = bytes.length - CRC_FIELD.length - '0a1b2c3d"}'.length;
  const found = crc32Hex(bytes.subarray(0, numberedEnd));
  if (found !== written) {
    return { status: 'broken', problem: `expected the checksum ${written}, got ${found}: the line was changed` };
  }
  if (Number(number) !== line) {
    return { status: 'broken', problem: `expected line ${line}, got line ${number}: lines are missing or moved` };
  }
  return { status: 'whole', json: Buffer.concat([bytes.subarray(0, bytes.length - text.length), Buffer.from('}')]) };
}
