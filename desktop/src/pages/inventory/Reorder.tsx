import { Download, PackageCheck } from "lucide-react";
import { type CSSProperties, useDeferredValue, useMemo, useState } from "react";
import { useChanging } from "../../app/changing";
import { download, fileName } from "../../app/download";
import { useFilters } from "../../app/filters";
import { client } from "../../app/queries";
import { useRead, withShop } from "../../app/reading";
import { useFormats, useStore } from "../../app/stores";
import type { Data, Input } from "../../client/types";
import { Badge, Button, Card, Checkbox, type Column, DataTable, Empty, Stat, TextField } from "../../ui";
import { daysIn, ItemLink, Planned } from "./planned";

type Row = Data<"replenishment_plan">["rows"][number];

const SOON = 7;
const MOST = 250;

/** What to buy: how many units, how long the stock lasts, and when it runs out. */
export function Reorder() {
  const [filters, setFilter] = useFilters();
  const format = useFormats();
  const { shop } = useStore();
  const lead = daysIn(filters.lead);
  const cover = daysIn(filters.cover);
  const vendor = useDeferredValue(filters.vendor ?? "");
  const terms = { lead_days: lead.days, cover_days: cover.days, vendor };
  const plan = useRead("replenishment_plan", {
    ...terms,
    only_to_order: filters.all !== "1",
    first: MOST,
  } as Input<"replenishment_plan">);
  const columns = useMemo(
    (): Column<Row>[] => [
      { key: "item", title: "Item", wrap: true, cell: (row) => <ItemLink row={row} /> },
      { key: "vendor", title: "Vendor", minor: true, sortBy: (row) => row.vendor ?? "", cell: (row) => row.vendor },
      {
        key: "available",
        title: "Available",
        end: true,
        minor: true,
        sortBy: (row) => row.available,
        cell: (row) => format.number(row.available),
      },
      {
        key: "out",
        title: "Runs out",
        sortBy: (row) => row.stock_out_date ?? "9999",
        cell: (row) => <RunsOut row={row} />,
      },
      {
        key: "order",
        title: "Order",
        end: true,
        sortBy: (row) => row.order_quantity ?? 0,
        cell: (row) => <strong>{row.order_quantity === null ? "–" : format.number(row.order_quantity)}</strong>,
      },
      {
        key: "cost",
        title: "Cost",
        end: true,
        minor: true,
        sortBy: (row) => Number(row.order_cost ?? 0),
        cell: (row) => format.money(row.order_cost, format.currency),
      },
    ],
    [format],
  );
  return (
    <>
      <div className="filters" style={{ "--filter": "9rem" } as CSSProperties}>
        <TextField
          label="Lead time in days"
          inputMode="numeric"
          placeholder="14"
          fault={lead.fault}
          value={filters.lead ?? ""}
          onChange={(event) => setFilter("lead", event.target.value)}
        />
        <TextField
          label="Days to cover"
          inputMode="numeric"
          placeholder="28"
          fault={cover.fault}
          value={filters.cover ?? ""}
          onChange={(event) => setFilter("cover", event.target.value)}
        />
        <TextField
          label="Vendor"
          type="search"
          value={filters.vendor ?? ""}
          onChange={(event) => setFilter("vendor", event.target.value)}
        />
        <Checkbox
          label="Include what is enough"
          checked={filters.all === "1"}
          onChange={(event) => setFilter("all", event.target.checked ? "1" : "")}
        />
      </div>
      <Planned what="Reorder quantities" query={plan}>
        {(data) => (
          <>
            <Card>
              <div className="stats">
                <Stat label="Variants to order" value={format.number(data.to_order)} />
                <Stat label="Units" value={format.number(data.order_units)} />
                <Stat
                  label="Cost"
                  value={format.money(data.order_cost, data.currency)}
                  beside={
                    data.order_units_without_cost > 0 &&
                    `without ${format.number(data.order_units_without_cost)} units whose cost is not known`
                  }
                />
              </div>
            </Card>
            <Card title="Reorder list" flush actions={<PurchaseList terms={terms} shop={shop} />}>
              {data.rows.length === 0 ? (
                <Empty icon={PackageCheck} title="Nothing has to be ordered">
                  What is in stock lasts until an order would arrive.
                </Empty>
              ) : (
                <DataTable label="Reorder list" columns={columns} rows={data.rows} rowKey={(row) => row.variant_id} />
              )}
            </Card>
            {data.rows.length === MOST && (
              <p className="small soft">The {MOST} most urgent ones are shown. The CSV has all of them.</p>
            )}
          </>
        )}
      </Planned>
    </>
  );
}

function RunsOut({ row }: { row: Row }) {
  const format = useFormats();
  if (row.days_of_cover === null || row.stock_out_date === null) {
    return <span className="soft">Not in sight</span>;
  }
  if (row.available <= 0) {
    return <Badge tone="bad">Out of stock</Badge>;
  }
  return (
    <>
      {row.days_of_cover <= SOON ? (
        <Badge tone="warn">{format.day(row.stock_out_date)}</Badge>
      ) : (
        format.day(row.stock_out_date)
      )}
      <br />
      <span className="small soft">{format.number(Math.floor(row.days_of_cover))} days of cover</span>
    </>
  );
}

/** Downloads what to order, vendor by vendor. */
function PurchaseList({ terms, shop }: { terms: object; shop: string | undefined }) {
  const { say } = useChanging();
  const [busy, setBusy] = useState(false);
  return (
    <Button
      busy={busy}
      onClick={async () => {
        setBusy(true);
        const input = { ...terms, csv: true } as Input<"replenishment_purchase_list">;
        const answer = await client.call(
          "replenishment_purchase_list",
          withShop("replenishment_purchase_list", input, shop),
        );
        setBusy(false);
        if (answer.ok) {
          const day = answer.data.as_of.slice(0, 10);
          download(fileName(["reorder list", shop ?? "", day], "csv"), answer.data.csv ?? "");
        } else {
          say(answer.error.message, "bad");
        }
      }}
    >
      <Download aria-hidden />
      CSV
    </Button>
  );
}
