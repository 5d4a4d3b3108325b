// Says in the journal by which arithmetic a trial was trained: raised with every change after which a graph gives other last bits.

/**
 * 2: BatchNorm in training is one operation with its gradient in closed form; the engine `onnx` sums gradients of kernels image by image.
 * 3: the scale of that gradient is part of the kernel below, and swish has a closed form; the engine `onnx` convolves in blocks of channels.
 * 4: the engine `onnx` adds what overlapping windows of maximum pooling give to one pixel in another order, and convolves images of fewer
 * channels than a block has into blocks.
 */
export const ARITHMETIC_VERSION = 4;
