import { ArrowLeftRight } from "lucide-react";
import { useMemo } from "react";
import { useChanging } from "../../app/changing";
import { useFilters } from "../../app/filters";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Data, Input } from "../../client/types";
import { Badge, Button, Card, type Column, DataTable, Empty, Select } from "../../ui";
import { ItemLink, Planned } from "./planned";

type Row = Data<"replenishment_transfers">["rows"][number];

const FEWEST = [
  ["1", "1 unit or more"],
  ["3", "3 units or more"],
  ["5", "5 units or more"],
  ["10", "10 units or more"],
] as const;
const MOST = 250;

/** Units that are short at one location and plenty at another; moving them is previewed first. */
export function Transfers() {
  const [filters, setFilter] = useFilters();
  const { ask } = useChanging();
  const format = useFormats();
  const fewest = FEWEST.some(([value]) => value === filters.fewest) ? Number(filters.fewest) : 1;
  const query = useRead("replenishment_transfers", { fewest, first: MOST } as Input<"replenishment_transfers">);
  const columns = useMemo(
    (): Column<Row>[] => [
      {
        key: "item",
        title: "Item",
        wrap: true,
        cell: (row) => (
          <>
            <ItemLink row={row} />
            <span className="narrow small soft">
              <br />
              {row.from.name} → {row.to.name}
            </span>
          </>
        ),
      },
      {
        key: "from",
        title: "From",
        minor: true,
        cell: (row) => (
          <>
            {row.from.name} <span className="soft">({format.number(row.from.available)})</span>
          </>
        ),
      },
      {
        key: "to",
        title: "To",
        minor: true,
        cell: (row) => (
          <>
            {row.to.name}{" "}
            {row.to.available <= 0 ? (
              <Badge tone="bad">Out</Badge>
            ) : (
              <span className="soft">({format.number(row.to.available)})</span>
            )}
          </>
        ),
      },
      {
        key: "units",
        title: "Units",
        end: true,
        sortBy: (row) => row.units,
        cell: (row) => <strong>{format.number(row.units)}</strong>,
      },
      {
        key: "move",
        title: "Change",
        end: true,
        cell: (row) => (
          <Button
            small
            aria-label={`Move ${row.units} of ${row.title} to ${row.to.name}`}
            onClick={() =>
              ask({
                name: "replenishment_transfer_apply",
                input: {
                  inventory_item_id: row.inventory_item_id,
                  from_location_id: row.from.location_id,
                  to_location_id: row.to.location_id,
                  quantity: row.units,
                } as Input<"replenishment_transfer_apply">,
                title: `Move ${row.title}`,
                yes: `Move ${format.number(row.units)}`,
                done: `${format.number(row.units)} moved to ${row.to.name}.`,
              })
            }
          >
            Move
          </Button>
        ),
      },
    ],
    [ask, format],
  );
  return (
    <>
      <div className="filters">
        <Select
          label="Show"
          options={FEWEST}
          value={String(fewest)}
          onChange={(event) => setFilter("fewest", event.target.value)}
        />
      </div>
      <Planned what="Suggestions to move stock" query={query}>
        {(data) => (
          <Card
            title={`${format.number(data.transfers)} ${data.transfers === 1 ? "transfer" : "transfers"}, ${format.number(data.units)} units`}
            flush
          >
            {data.rows.length === 0 ? (
              <Empty icon={ArrowLeftRight} title="Stock lies where it is needed">
                No location lacks what another one has to spare.
              </Empty>
            ) : (
              <DataTable
                label="Transfers"
                columns={columns}
                rows={data.rows}
                rowKey={(row) => `${row.variant_id} ${row.from.location_id} ${row.to.location_id}`}
              />
            )}
          </Card>
        )}
      </Planned>
    </>
  );
}
