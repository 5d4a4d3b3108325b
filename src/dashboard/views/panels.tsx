// Lines on the screen: the only place that turns tones into colours.
import { must } from '../../system/must.js';
import { Box, Text, type TextProps } from 'ink';
import { type ReactNode, memo } from 'react';
import { type Line, type Span, type Tone, cutLine } from '../text/line.js';

/**
 * Near the colours of Okabe and Ito (2008), which people with any common colour vision deficiency can tell apart. They are neither light nor
 * dark: each has a contrast of 3:1 with light and with dark backgrounds. All are among xterm's 256; terminals with fewer get the nearest ones.
 */
export const COLOURS: Readonly<Partial<Record<Tone, string>>> = {
  best: '#d75faf',
  running: '#0087d7',
  completed: '#00875f',
  pruned: '#af8700',
  failed: '#d75f00',
  warning: '#af8700',
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
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      {Array.from({ length: height }, (_, i) => (
        <OneLine key={i} line={merged(cutLine(lines[i] ?? [], width))} colour={colour} />
      ))}
    </Box>
  );
}

const OneLine = memo(function OneLine({ line, colour }: { readonly line: Line; readonly colour: boolean }): ReactNode {
  if (line.length === 0) return <Text> </Text>;
  return (
    <Text wrap="truncate">
      {line.map(({ text, tone, inverse }, i) => (
        <Text key={i} {...look(tone, colour)} inverse={inverse === true}>
          {text}
        </Text>
      ))}
    </Text>
  );
}, isSame);

/** As few spans as look the same, without the blanks at the end: Ink works through every character that it is given. */
function merged(line: Line): Line {
  const spans: Span[] = [];
  for (const one of line) {
    const last = spans.at(-1);
    const blank = one.inverse !== true && last?.inverse !== true && one.text.trim() === '';
    if (last !== undefined && (blank || (last.tone === one.tone && last.inverse === one.inverse))) {
      spans[spans.length - 1] = { ...last, text: last.text + one.text };
    } else {
      spans.push(one);
    }
  }
  const last = spans.at(-1);
  if (last === undefined || last.inverse === true) return spans;
  const text = last.text.trimEnd();
  return text === '' ? spans.slice(0, -1) : [...spans.slice(0, -1), { ...last, text }];
}

function isSame(before: { line: Line; colour: boolean }, after: { line: Line; colour: boolean }): boolean {
  return (
    before.colour === after.colour &&
    before.line.length === after.line.length &&
    before.line.every((one, i) => {
      const other = must(after.line[i], 'a span');
      return one.text === other.text && one.tone === other.tone && one.inverse === other.inverse;
    })
  );
}

function look(tone: Tone, colour: boolean): TextProps {
  return {
    bold: BOLD.has(tone),
    dimColor: tone === 'muted',
    ...(colour && COLOURS[tone] !== undefined ? { color: COLOURS[tone] } : {}),
  };
}
