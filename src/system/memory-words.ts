// How libraries say that there is no memory.

/** How TensorFlow, PyTorch, CUDA and its libraries, onnxruntime, WebGPU and C++ say that there is no memory, on the device or off it. */
export const MEMORY_WORDS =
  /\bOOM when allocating|RESOURCE_EXHAUSTED|ResourceExhausted|\bout of (device )?memory\b|ERROR_OUT_OF_MEMORY|Failed to allocate memory|_ALLOC_FAILED|Not enough memory|bad_alloc|bad allocation|(cannot|can't|could not) allocate memory/i;
