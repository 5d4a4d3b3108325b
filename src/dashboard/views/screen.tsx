// The whole screen, from the model and what the person has chosen to see.
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { type Rectangle, type Size, isTooSmall, layOut } from '../layout.js';
import type { StudyModel } from '../model/study-model.js';
import type { DashboardControls, StudyStatus } from '../source.js';
import { type Line, heading, span } from '../text/line.js';
import type { Panel, Ui } from '../ui.js';
import { decisionList } from './decision-list.js';
import { footer } from './footer.js';
import { header } from './header.js';
import { help } from './help.js';
import { historyPlot } from './history-plot.js';
import { lanes, lanesHeight } from './lanes.js';
import { Lines } from './panels.js';
import { trialDetail } from './trial-detail.js';
import { trialTable } from './trial-table.js';

export interface ScreenProps {
  readonly model: StudyModel;
  readonly status: StudyStatus;
  readonly controls: DashboardControls | undefined;
  readonly ui: Ui;
  readonly size: Size;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly colour: boolean;
}

export function Screen(props: ScreenProps): ReactNode {
  const { model, status, controls, ui, size, now, colour } = props;
  const width = size.columns;
  if (isTooSmall(size)) {
    const text = `hpo: make the terminal larger (now ${size.columns}×${size.rows})`;
    return <Lines lines={[[span(text)]]} width={width} height={1} colour={colour} />;
  }
  return (
    <Box flexDirection="column" width={width} height={size.rows}>
      <Lines lines={header({ model, status, controls, now }, width)} width={width} height={3} colour={colour} />
      <Body {...props} />
      <Lines lines={[footer(ui, controls, width)]} width={width} height={1} colour={colour} />
    </Box>
  );
}

function Body(props: ScreenProps): ReactNode {
  const { model, status, ui, size, colour, controls } = props;
  const width = size.columns;
  const height = size.rows - 4;
  const opened = openLines(props);
  if (ui.help)
    return <Lines lines={help(controls !== undefined, width)} width={width} height={height} colour={colour} />;
  if (opened !== undefined)
    return <Lines lines={scrolled(opened, ui, width, height)} width={width} height={height} colour={colour} />;
  const layout = layOut(size, (most) => lanesHeight(model, status, width, most), ui.panel);
  const laneLines = lanes(model, status, layout.lanes.width, layout.lanes.height);
  return (
    <>
      <Lines lines={laneLines} {...layout.lanes} colour={colour} />
      <Box columnGap={2}>
        {layout.body.map((stack, i) => (
          <Box key={i} flexDirection="column">
            {stack.map((one) => (
              <Lines
                key={one.panel}
                lines={panelLines(props, one, layout.complete ? [] : tabs(ui.panel, one.panel))}
                width={one.width}
                height={one.height}
                colour={colour}
              />
            ))}
          </Box>
        ))}
      </Box>
    </>
  );
}

/** The open trial under its heading, which stays and says how much lies beyond the screen. */
function scrolled(lines: readonly Line[], { open, scroll }: Ui, width: number, height: number): Line[] {
  const rows = height - 1;
  const from = Math.min(scroll, Math.max(0, lines.length - rows));
  const place = lines.length <= rows ? '' : `lines ${from + 1}–${from + rows} of ${lines.length} · `;
  const title = heading(`trial ${open}`, width, [span(`${place}esc back `, 'muted')]);
  return [title, ...lines.slice(from, from + rows)];
}

/** The lines of the open trial, all of them; undefined while none is open. */
export function openLines({ model, ui, size }: ScreenProps): readonly Line[] | undefined {
  const trial = ui.open === undefined ? undefined : model.history.trials[ui.open];
  return trial === undefined ? undefined : trialDetail(model, trial, size.columns);
}

function panelLines(props: ScreenProps, { panel, width, height }: Rectangle & { panel: Panel }, right: Line): Line[] {
  const { model, ui } = props;
  switch (panel) {
    case 'trials':
      return trialTable({ model, sorting: ui.sorting, selected: ui.selected }, width, height, right);
    case 'history':
      return historyPlot(model, width, height, right);
    case 'decisions':
      return decisionList(model, ui.panel === 'decisions' ? ui.scroll : 0, width, height, right);
  }
}

/** Which panels there are besides, on the heading of the chosen one. */
function tabs(chosen: Panel, own: Panel): Line {
  if (chosen !== own) return [];
  const others = (['trials', 'history', 'decisions'] as const).filter((panel) => panel !== chosen);
  return [span(`tab: ${others.join(', ')} `, 'muted')];
}
