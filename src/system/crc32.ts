// CRC-32, the checksum of journals, checkpoints and cached features. Node has it from 20.15 on; before, a table does.
import zlib from 'node:zlib';

type Crc32 = (bytes: Uint8Array, before?: number) => number;

const sumOf: Crc32 = (zlib as { crc32?: Crc32 }).crc32 ?? tableCrc32;

/** @param before the checksum of what comes before these bytes, 0 at the beginning. */
export function crc32(bytes: Uint8Array, before = 0): number {
  return bytes.length === 0 ? before : sumOf(bytes, before); // Node's own starts again at no bytes
}

/** The checksum as eight hexadecimal digits. */
export function crc32Hex(...parts: readonly Uint8Array[]): string {
  const sum = parts.reduce((before, part) => crc32(part, before), 0);
  return sum.toString(16).padStart(8, '0');
}

let table: Uint32Array | undefined;

/** The same without Node's help. */
export function tableCrc32(bytes: Uint8Array, before = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    return sum;
  });
  let sum = ~before;
  for (let i = 0; i < bytes.length; i++) sum = (table[(sum ^ bytes[i]!) & 0xff] as number) ^ (sum >>> 8);
  return ~sum >>> 0;
}
