import {
  Area,
  Bar,
  BarChart,
  CartesianGrid,
  ComposedChart,
  Legend,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import type { ChartProps } from "./Chart";

const AXIS = { stroke: "var(--ink-soft)", tickLine: false, axisLine: false, fontSize: 12 };
const TOOLTIP = {
  background: "var(--surface)",
  border: "1px solid var(--line)",
  borderRadius: "var(--radius-s)",
  color: "var(--ink)",
  boxShadow: "var(--shadow-high)",
};
const CURSOR = { fill: "var(--sunken)", stroke: "var(--line)" };
/** Colours of series that stand on each other. */
const FILLS = ["var(--accent)", "var(--warn)", "var(--line-strong)", "var(--good)", "var(--ink-soft)"];
const LONGEST = 22;

export default function ChartDrawn(props: ChartProps) {
  return (
    <ResponsiveContainer width="100%" height="100%">
      {props.kind === "line" ? lines(props) : props.kind === "ranks" ? ranks(props) : bars(props)}
    </ResponsiveContainer>
  );
}

function tooltip({ formatX = String, formatY = String }: ChartProps) {
  return (
    <Tooltip
      contentStyle={TOOLTIP}
      itemStyle={{ color: "var(--ink)" }}
      cursor={CURSOR}
      isAnimationActive={false}
      labelFormatter={(value) => formatX(String(value))}
      formatter={(value) => formatY(Number(value))}
    />
  );
}

function overTime(props: ChartProps) {
  const { x, formatX = String, formatY = String, formatTick = formatY } = props;
  return (
    <>
      <CartesianGrid stroke="var(--line)" vertical={false} />
      <XAxis dataKey={x} tickFormatter={(value) => formatX(String(value))} minTickGap={24} {...AXIS} />
      <YAxis tickFormatter={formatTick} width="auto" {...AXIS} />
      {tooltip(props)}
      {props.series.length > 1 && (
        <Legend itemSorter={null} wrapperStyle={{ fontSize: "var(--text-xs)" }} iconType="circle" iconSize={8} />
      )}
    </>
  );
}

function lines(props: ChartProps) {
  return (
    <ComposedChart data={props.points as Record<string, unknown>[]} accessibilityLayer>
      {overTime(props)}
      {props.series.map((one) =>
        one.beside ? (
          <Line
            key={one.key}
            dataKey={one.key}
            name={one.name}
            stroke="var(--line-strong)"
            strokeDasharray="4 4"
            dot={false}
            isAnimationActive={false}
          />
        ) : (
          <Area
            key={one.key}
            dataKey={one.key}
            name={one.name}
            stroke="var(--accent)"
            strokeWidth={2}
            fill="var(--accent-soft)"
            dot={false}
            isAnimationActive={false}
          />
        ),
      )}
    </ComposedChart>
  );
}

function bars(props: ChartProps) {
  const stacked = props.kind === "stacked";
  return (
    <BarChart data={props.points as Record<string, unknown>[]} accessibilityLayer>
      {overTime(props)}
      {props.series.map((one, place) => (
        <Bar
          key={one.key}
          dataKey={one.key}
          name={one.name}
          stackId={stacked ? "all" : undefined}
          fill={one.beside ? "var(--line)" : stacked ? FILLS[place % FILLS.length] : "var(--accent)"}
          radius={stacked ? 0 : [3, 3, 0, 0]}
          maxBarSize={36}
          isAnimationActive={false}
        />
      ))}
    </BarChart>
  );
}

function ranks(props: ChartProps) {
  const { x, formatX = String, formatY = String, formatTick = formatY } = props;
  return (
    <BarChart data={props.points as Record<string, unknown>[]} layout="vertical" accessibilityLayer>
      <CartesianGrid stroke="var(--line)" horizontal={false} />
      <XAxis type="number" tickFormatter={formatTick} minTickGap={24} {...AXIS} />
      <YAxis
        type="category"
        dataKey={x}
        width="auto"
        interval={0}
        tickFormatter={(value) => shortened(formatX(String(value)))}
        {...AXIS}
      />
      {tooltip(props)}
      {props.series.map((one) => (
        <Bar
          key={one.key}
          dataKey={one.key}
          name={one.name}
          fill={one.beside ? "var(--line)" : "var(--accent)"}
          radius={[0, 3, 3, 0]}
          maxBarSize={20}
          isAnimationActive={false}
        />
      ))}
    </BarChart>
  );
}

function shortened(name: string): string {
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1).trimEnd()}…` : name;
}
