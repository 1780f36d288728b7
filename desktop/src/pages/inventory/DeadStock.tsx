import { PackageCheck } from "lucide-react";
import { useMemo } from "react";
import { useFilters } from "../../app/filters";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Data, Input } from "../../client/types";
import { Card, type Column, DataTable, Empty, Note, Select, Stat } from "../../ui";
import { ItemLink, Planned } from "./planned";

type Row = NonNullable<Data<"replenishment_dead_stock">["rows"]>[number];

const DAYS = [
  ["30", "30 days"],
  ["60", "60 days"],
  ["90", "90 days"],
  ["180", "180 days"],
  ["365", "A year"],
] as const;
const MOST = 250;

/** Stock that nobody bought for a while, by what it cost. */
export function DeadStock() {
  const [filters, setFilter] = useFilters();
  const format = useFormats();
  const days = DAYS.some(([value]) => value === filters.days) ? Number(filters.days) : 90;
  const query = useRead("replenishment_dead_stock", { days, first: MOST } as Input<"replenishment_dead_stock">);
  const columns = useMemo(
    (): Column<Row>[] => [
      { key: "item", title: "Item", wrap: true, cell: (row) => <ItemLink row={row} /> },
      { key: "vendor", title: "Vendor", minor: true, sortBy: (row) => row.vendor ?? "", cell: (row) => row.vendor },
      {
        key: "sold",
        title: "Last sold",
        wrap: true,
        sortBy: (row) => row.days_without_sale ?? 99_999,
        cell: (row) =>
          row.days_without_sale === null ? "Not known" : `${format.number(row.days_without_sale)} days ago`,
      },
      {
        key: "units",
        title: "Units",
        end: true,
        sortBy: (row) => row.on_hand,
        cell: (row) => format.number(row.on_hand),
      },
      {
        key: "value",
        title: "Value at cost",
        end: true,
        sortBy: (row) => Number(row.value ?? 0),
        cell: (row) => format.money(row.value, format.currency),
      },
    ],
    [format],
  );
  return (
    <>
      <div className="filters">
        <Select
          label="Not sold for"
          options={DAYS}
          value={String(days)}
          onChange={(event) => setFilter("days", event.target.value)}
        />
      </div>
      <Planned what="Figures about dead stock" query={query}>
        {(data) =>
          data.rows === null ? (
            <Note title="Sales of that time are not known">{data.reason}</Note>
          ) : (
            <>
              <Card>
                <div className="stats">
                  <Stat label="Value at cost" value={format.money(data.value, data.currency)} />
                  <Stat label="Units" value={format.number(data.units ?? 0)} />
                  <Stat label="Variants" value={format.number(data.variants ?? 0)} />
                </div>
              </Card>
              <Card title="Dead stock" flush>
                {data.rows.length === 0 ? (
                  <Empty icon={PackageCheck} title="Everything in stock was sold meanwhile" />
                ) : (
                  <DataTable label="Dead stock" columns={columns} rows={data.rows} rowKey={(row) => row.variant_id} />
                )}
              </Card>
              {data.rows.length === MOST && <p className="small soft">The {MOST} worth most are shown.</p>}
            </>
          )
        }
      </Planned>
    </>
  );
}
