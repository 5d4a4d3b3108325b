// Image files of formats that sharp cannot write: a HEIC, a BMP, and TIFFs of 32 bits a sample.

/** 64 × 48 pixels, red on the left and blue on the right, made by heif-enc of libheif 1.15. */
export const HEIC = Buffer.from(
  [
    'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAvxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA',
    'AA5waXRtAAAAAAACAAAAGGlkYXQAAAAAAEAAMAAAAAAAQAAwAAAAYGlsb2MBAAAAREAABAABAAAAAAAAAyAAAQAAAAAAAAAkAAIA',
    'AQAAAAAAAAABAAAAAAAAAAgAAwAAAAAAAANEAAEAAAAAAAAAEwAEAAEAAAAAAAAAAQAAAAgAAAAIAAAAYmlpbmYAAAAAAAQAAAAV',
    'aW5mZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAAAAAVaW5mZQIAAAEAAwAAaHZjMQAAAAAVaW5mZQIAAAAABAAA',
    'Z3JpZAAAAAGxaXBycAAAAYRpcGNvAAAAdmh2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAAAQAYQAEMAf//A3AAAAMAkAAAAwAA',
    'AwAeugJAIQABACpCAQEDcAAAAwCQAAADAAADAB6gIIEFlurkprm4EBAwIAAAAwAgAAADACEiAAEABkQBwXPAiQAAABRpc3BlAAAA',
    'AAAAAEAAAABAAAAAFGlzcGUAAAAAAAAAQAAAADAAAAAQcGl4aQAAAAADCAgIAAAAcWh2Y0MBBAgAAAAAAAAAAAAe8AD8/Pj4AAAP',
    'AyAAAQAXQAEMAf//BAgAAAMAn/gAAAMAAB66AkAhAAEAJkIBAQQIAAADAJ/4AAADAAAewIIEFlurkprmwIAAAAMAgAAAAwCEIgAB',
    'AAZEAcFzwIkAAAAUaXNwZQAAAAAAAABAAAAAQAAAABRpc3BlAAAAAAAAAEAAAAAwAAAADnBpeGkAAAAAAQgAAAAnYXV4QwAAAAB1',
    'cm46bXBlZzpoZXZjOjIwMTU6YXV4aWQ6MQAAAAAlaXBtYQAAAAAAAAAEAAECgQIAAgIDhAADAoUGAAQDB4iJAAAANmlyZWYAAAAA',
    'AAAADmRpbWcAAgABAAEAAAAOZGltZwAEAAEAAwAAAA5hdXhsAAQAAQACAAAAP21kYXQAAAAgKAGvC2D15YOv//Qcd/HGIPFxZV/9',
    'zJA+jH//RfCJ9OAAAAAPKAGuFsDQMHvePdJr4/eA',
  ].join(''),
  'base64',
);

/** Two rows of two pixels: red, green, blue and white from the top left. 24 bits a pixel, bottom row first. */
export function smallBmp(): Buffer {
  const rowBytes = 8;
  const file = Buffer.alloc(54 + 2 * rowBytes);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(2, 18);
  file.writeInt32LE(2, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.set([255, 0, 0, 255, 255, 255], 54);
  file.set([0, 0, 255, 0, 255, 0], 54 + rowBytes);
  return file;
}

/** A grey TIFF, little-endian, of rows of `width` samples. @param format of the samples: 1 unsigned, 2 signed, 3 float. */
export function tiff32(format: 1 | 2 | 3, samples: readonly number[], width = samples.length): Buffer {
  const entries: readonly (readonly [tag: number, type: 3 | 4, value: number])[] = [
    [256, 4, width],
    [257, 4, samples.length / width],
    [258, 3, 32],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, samples.length / width],
    [279, 4, 4 * samples.length],
    [339, 3, format],
  ];
  const directory = 8 + 4 * samples.length;
  const file = Buffer.alloc(directory + 2 + 12 * entries.length + 4);
  file.write('II*\0', 0, 'latin1');
  file.writeUInt32LE(directory, 4);
  samples.forEach((sample, i) => {
    const at = 8 + 4 * i;
    if (format === 3) file.writeFloatLE(sample, at);
    else if (format === 2) file.writeInt32LE(sample, at);
    else file.writeUInt32LE(sample, at);
  });
  file.writeUInt16LE(entries.length, directory);
  entries.forEach(([tag, type, value], i) => {
    const at = directory + 2 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(value, at + 8);
  });
  return file;
}
