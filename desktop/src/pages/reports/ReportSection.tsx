import { Download } from "lucide-react";
import { useMemo } from "react";
import { useFormats } from "../../app/stores";
import { Card, Change, type Column, DataTable, Note, Stat } from "../../ui";
import { Chart } from "../../ui/Chart";
import styles from "./reports.module.css";
import { isNumber, type Row, type Section, shortly, written } from "./values";

/** One question of a report: its figures, its chart, and a table of what the chart shows. */
export function ReportSection({ section, currency, csv }: { section: Section; currency: string; csv: string }) {
  const hasTable = section.rows.length > 0;
  const table = hasTable && <Table section={section} currency={currency} />;
  return (
    <Card
      title={section.title}
      flush
      actions={
        (hasTable || section.figures.length > 0) && (
          <a className="button plain small" href={csv} download aria-label={`CSV of ${section.title}`}>
            <Download aria-hidden />
            CSV
          </a>
        )
      }
    >
      {section.reason !== null && (
        <div className={styles.inside}>
          <Note tone="warn" title="This could not be answered">
            {section.reason}
          </Note>
        </div>
      )}
      {section.figures.length > 0 && (
        <div className={styles.inside}>
          <Figures section={section} currency={currency} />
        </div>
      )}
      {section.reason === null && section.figures.length === 0 && !hasTable && (
        <p className={`soft ${styles.inside}`}>Nothing in these days.</p>
      )}
      {section.chart !== null && hasTable ? (
        <>
          <div className={styles.inside}>
            <Drawing section={section} currency={currency} />
          </div>
          <details className={styles.table}>
            <summary>Table</summary>
            {table}
          </details>
        </>
      ) : (
        table
      )}
    </Card>
  );
}

function Figures({ section, currency }: { section: Section; currency: string }) {
  const format = useFormats();
  return (
    <div className="stats">
      {section.figures.map((figure) => (
        <Stat
          key={figure.name}
          label={figure.label}
          value={written(figure.value, figure.unit, format, currency)}
          beside={
            figure.change_percent !== null && (
              <Change
                percent={figure.change_percent}
                formatted={
                  Number(figure.change_percent) === 0
                    ? "As before"
                    : `${format.percent(figure.change_percent)} from before`
                }
              />
            )
          }
        />
      ))}
    </div>
  );
}

function Drawing({ section, currency }: { section: Section; currency: string }) {
  const format = useFormats();
  const { chart, columns } = section;
  const units = new Map(columns.map((column) => [column.name, column]));
  const points = useMemo(
    () =>
      (section.rows as Row[]).map((row) => {
        const place = row[chart?.x ?? ""] ?? "None";
        // Places of a drawing may be rounded; amounts themselves stay text.
        return Object.fromEntries([
          ["x", place],
          ...(chart?.series ?? []).map((name) => [name, Number(row[name] ?? 0)]),
        ]);
      }),
    [section.rows, chart],
  );
  if (chart === null) {
    return null;
  }
  const x = units.get(chart.x)?.unit ?? "text";
  const unit = units.get(chart.series[0] ?? "")?.unit ?? "number";
  return (
    <Chart
      label={`${section.title}: ${points.length} points`}
      kind={
        chart.kind === "bar" && !["day", "month"].includes(x) ? "ranks" : (chart.kind as "line" | "bar" | "stacked")
      }
      points={points}
      x="x"
      series={chart.series.map((name) => ({ key: name, name: units.get(name)?.label ?? name }))}
      formatX={(value) => shortly(value, x, format)}
      formatY={(value) => written(String(value), unit, format, currency)}
      formatTick={(value) =>
        new Intl.NumberFormat(format.locale, {
          notation: "compact",
          maximumFractionDigits: 1,
          ...(unit === "money" ? { style: "currency", currency } : {}),
        }).format(value) + (unit === "percent" ? "%" : "")
      }
    />
  );
}

function Table({ section, currency }: { section: Section; currency: string }) {
  const format = useFormats();
  const columns = useMemo(
    () =>
      section.columns.map((column, place): Column<Row> => {
        const number = isNumber(column.unit);
        return {
          key: column.name,
          title: column.label,
          end: number,
          wrap: place === 0,
          sortBy: (row) =>
            number ? Number(row[column.name] ?? Number.NEGATIVE_INFINITY) : String(row[column.name] ?? ""),
          cell: (row) => written(row[column.name], column.unit, format, currency),
        };
      }),
    [section.columns, format, currency],
  );
  return (
    <DataTable
      label={section.title}
      columns={columns}
      rows={section.rows as Row[]}
      rowKey={(row) => JSON.stringify(row)}
    />
  );
}
