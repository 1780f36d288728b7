import {
  Area,
  Bar,
  BarChart,
  CartesianGrid,
  ComposedChart,
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

export default function ChartDrawn({ kind, points, x, series, formatX = String, formatY = String }: ChartProps) {
  const frame = (
    <>
      <CartesianGrid stroke="var(--line)" vertical={false} />
      <XAxis dataKey={x} tickFormatter={formatX} minTickGap={24} {...AXIS} />
      <YAxis tickFormatter={formatY} width={64} {...AXIS} />
      <Tooltip
        contentStyle={TOOLTIP}
        cursor={{ fill: "var(--sunken)", stroke: "var(--line)" }}
        labelFormatter={(value) => formatX(String(value))}
        formatter={(value) => formatY(Number(value))}
      />
    </>
  );
  return (
    <ResponsiveContainer width="100%" height="100%">
      {kind === "bar" ? (
        <BarChart data={points as Record<string, unknown>[]} accessibilityLayer>
          {frame}
          {series.map((one) => (
            <Bar
              key={one.key}
              dataKey={one.key}
              name={one.name}
              fill={one.beside ? "var(--line)" : "var(--accent)"}
              radius={[3, 3, 0, 0]}
              maxBarSize={36}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      ) : (
        <ComposedChart data={points as Record<string, unknown>[]} accessibilityLayer>
          {frame}
          {series.map((one) =>
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
      )}
    </ResponsiveContainer>
  );
}
