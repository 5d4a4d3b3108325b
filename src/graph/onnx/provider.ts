// What executes an ONNX model; some lack operators that others have.

/** Processors, or a GPU by way of CUDA, or of WebGPU over Vulkan, Metal or Direct3D 12. */
export type Provider = 'cpu' | 'cuda' | 'webgpu';
