// Where the official weights of Keras's applications live (facts of keras 3.15.1, keras/src/applications).
import type { PretrainedSource } from './backbone.js';

const BASE = 'https://storage.googleapis.com/tensorflow/keras-applications/';

/** A file of Keras's own store; Keras states no checksum for some. */
export function kerasApplication(file: string, md5?: string): PretrainedSource {
  return { kind: 'download', url: BASE + file, ...(md5 === undefined ? {} : { md5 }) };
}
