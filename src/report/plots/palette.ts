// The colours of plots, for a light and for a dark page.

/**
 * After Okabe and Ito (2008), whose colours people with any common colour vision deficiency can tell apart; some are darker here. Each has a
 * contrast of at least 3:1 with a white page, also as a translucent point (WCAG 2.2, 1.4.11).
 */
export const COLOURS = {
  best: '#a8487c',
  completed: '#0072b2',
  pruned: '#946c00',
  failed: '#d55e00',
  unfinished: '#59636e',
  model: '#008862',
} as const;

/** Opacity of points: those that lie on each other can be seen, and a single one stands out from the page. */
export const POINT_OPACITY = 0.85;

/** From the worst to the best: parts of viridis (matplotlib), which is even for every kind of colour vision. The best stands out most. */
export const RAMP = ['#21908c', '#2a788e', '#414487', '#440154'] as const;

/** Which colour a dark page shows in place of one in a plot. */
export function darkColours(): Readonly<Record<string, string>> {
  return {
    [COLOURS.best]: '#e59ac6',
    [COLOURS.completed]: '#56b4e9',
    [COLOURS.pruned]: '#e69f00',
    [COLOURS.failed]: '#ee7733',
    [COLOURS.unfinished]: '#9198a1',
    [COLOURS.model]: '#2cc295',
    [RAMP[0]]: '#26828e',
    [RAMP[1]]: '#22a884',
    [RAMP[2]]: '#7ad151',
    [RAMP[3]]: '#fde725',
  };
}

/** The contrast of two colours like '#0072b2', from 1 to 21 (WCAG 2.2). @param opacity of the first on the second. */
export function contrast(colour: string, page: string, opacity = 1): number {
  const [behind, front] = [channels(page), channels(colour)];
  const mixed = front.map((one, i) => one * opacity + (behind[i] ?? 0) * (1 - opacity));
  const [a, b] = [luminance(mixed), luminance(behind)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** The colour so far along a ramp, as '#rrggbb'. @param share in [0, 1]. */
export function along(ramp: readonly string[], share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const from = Math.min(ramp.length - 2, Math.floor(place));
  const [low, high] = [channels(ramp[from] ?? '#000000'), channels(ramp[from + 1] ?? '#000000')];
  const mixed = low.map((one, i) => Math.round(one + ((high[i] ?? one) - one) * (place - from)));
  return `#${mixed.map((one) => one.toString(16).padStart(2, '0')).join('')}`;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** Relative luminance of sRGB (WCAG 2.2). */
function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
