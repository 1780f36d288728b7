import { lazy, Suspense } from "react";

/** A line of a chart: the member of each point that holds its value, and its name. */
export interface Series {
  key: string;
  name: string;
  /** Drawn thin and grey: what the others are compared with. */
  beside?: boolean;
}

export interface ChartProps {
  /** What the chart shows, for people who can't see it. */
  label: string;
  /** `line` and `bar` go along time, `stacked` puts series onto each other, `ranks` has a lying bar for each name. */
  kind: "line" | "bar" | "stacked" | "ranks";
  points: readonly Record<string, string | number | null>[];
  /** The member of each point that stands below it. */
  x: string;
  series: readonly Series[];
  formatX?: (value: string) => string;
  formatY?: (value: number) => string;
  /** How a value is written along the axis, in few characters; as `formatY` where it is left out. */
  formatTick?: (value: number) => string;
}

const Drawn = lazy(() => import("./ChartDrawn"));
const RANK = 2.25;

/** A chart. The library that draws it is loaded when the first one is shown; the place is kept until then. */
export function Chart(props: ChartProps) {
  const height = props.kind === "ranks" ? `${Math.max(props.points.length, 2) * RANK + 2}rem` : undefined;
  return (
    <figure className="chart" aria-label={props.label} style={{ height }}>
      <Suspense fallback={<div className="skeleton" style={{ height: "100%" }} />}>
        <Drawn {...props} />
      </Suspense>
    </figure>
  );
}
