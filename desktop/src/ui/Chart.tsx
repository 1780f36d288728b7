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
  kind: "line" | "bar";
  points: readonly Record<string, string | number | null>[];
  /** The member of each point that stands below it. */
  x: string;
  series: readonly Series[];
  formatX?: (value: string) => string;
  formatY?: (value: number) => string;
}

const Drawn = lazy(() => import("./ChartDrawn"));

/** A chart. The library that draws it is loaded when the first one is shown; the place is kept until then. */
export function Chart(props: ChartProps) {
  return (
    <figure className="chart" aria-label={props.label}>
      <Suspense fallback={<div className="skeleton" style={{ height: "100%" }} />}>
        <Drawn {...props} />
      </Suspense>
    </figure>
  );
}
