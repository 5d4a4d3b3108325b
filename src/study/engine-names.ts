// The engines by name: what a study file, `--engine` and a trainer's configuration may ask for.

export const ENGINE_NAMES = ['onnx', 'cuda', 'torch', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** auto: the fastest that is known for this machine. */
export const ENGINE_CHOICES = ['auto', ...ENGINE_NAMES] as const;
