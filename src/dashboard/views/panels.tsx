// Lines on the screen: the only place that turns tones into colours.
import { Box, Text, type TextProps } from 'ink';
import type { ReactNode } from 'react';
import { type Line, type Tone, fitLine } from '../text/line.js';

/**
 * Colours after Okabe and Ito (2008), which people with any common colour vision deficiency can tell apart; terminals with
 * fewer colours get the nearest ones.
 */
const COLOURS: Readonly<Partial<Record<Tone, string>>> = {
  best: '#cc79a7',
  running: '#56b4e9',
  completed: '#009e73',
  pruned: '#e69f00',
  failed: '#d55e00',
  warning: '#e69f00',
};

const BOLD: ReadonlySet<Tone> = new Set(['strong', 'best']);

export function Lines({
  lines,
  width,
  height,
  colour,
}: {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
}): ReactNode {
  const filled = Array.from({ length: height }, (_, i) => fitLine(lines[i] ?? [], width));
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      {filled.map((line, i) => (
        <Text key={i} wrap="truncate">
          {line.map(({ text, tone, inverse }, j) => (
            <Text key={j} {...look(tone, colour)} inverse={inverse === true}>
              {text}
            </Text>
          ))}
        </Text>
      ))}
    </Box>
  );
}

function look(tone: Tone, colour: boolean): TextProps {
  return {
    bold: BOLD.has(tone),
    dimColor: tone === 'muted',
    ...(colour && COLOURS[tone] !== undefined ? { color: COLOURS[tone] } : {}),
  };
}
