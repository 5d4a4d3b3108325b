// How an image becomes square. A file of its own, so that types of the library do not depend on those of sharp.

/**
 * How an image becomes square. crop: shorter side to size, the centre kept. stretch: both sides to size. pad: longer
 * side to size, grey around it.
 */
export type Resize = 'crop' | 'stretch' | 'pad';
