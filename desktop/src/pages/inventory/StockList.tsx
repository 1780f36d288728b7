import { Boxes } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import { Link } from "wouter";
import { useFilters } from "../../app/filters";
import { ListCard } from "../../app/ListCard";
import { useList, useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Input, Item } from "../../client/types";
import { Card, type Column, Stat, TextField } from "../../ui";
import { Stock, Units } from "./Stock";

type Stocked = Item<"inventory_item_search">;
type Found = Item<"variant_search">;

interface Place {
  id: string;
  name: string;
}

/** Stock by location, with a search; each count is changed where it stands. */
export function StockList() {
  const [filters, setFilter] = useFilters();
  const query = useDeferredValue(filters.query ?? "").trim();
  const places = useRead("location_list", { limit: 50 });
  const locations = places.data?.items ?? [];
  return (
    <>
      <Totals />
      <div className="filters">
        <TextField
          label="Search"
          wide
          type="search"
          placeholder="SKU or title"
          value={filters.query ?? ""}
          onChange={(event) => setFilter("query", event.target.value)}
        />
      </div>
      {query === "" ? <AllStock locations={locations} /> : <FoundStock query={query} locations={locations} />}
    </>
  );
}

const NOTHING = { icon: Boxes, title: "No stock is as you ask", about: "Search by the beginning of a SKU or a title." };

function AllStock({ locations }: { locations: readonly Place[] }) {
  const list = useList("inventory_item_search", { limit: 50 } as Input<"inventory_item_search">);
  const columns = useMemo(
    (): Column<Stocked>[] => [
      { key: "item", title: "Item", wrap: true, cell: (item) => <ItemName item={item} /> },
      { key: "sku", title: "SKU", minor: true, cell: (item) => item.sku },
      ...locations.map((location) => ({
        key: location.id,
        title: location.name,
        end: true,
        cell: (item: Stocked) => {
          const level = item.inventory_levels.nodes.find((one) => one.location.id === location.id);
          const available = level?.quantities.find((one) => one.name === "available")?.quantity;
          if (!item.tracked) {
            return <span className="soft">Not tracked</span>;
          }
          return available === undefined ? (
            <span className="soft">Not stocked</span>
          ) : (
            <Units item={item.id} name={item.sku || titleOf(item)} location={location} available={available} />
          );
        },
      })),
    ],
    [locations],
  );
  return <ListCard label="Stock" list={list} columns={columns} rowKey={(item) => item.id} empty={NOTHING} />;
}

/** What a search finds. Its stock is read row by row, so a page of it is short. */
function FoundStock({ query, locations }: { query: string; locations: readonly Place[] }) {
  const list = useList("variant_search", { query, limit: 20 } as Input<"variant_search">);
  const columns = useMemo(
    (): Column<Found>[] => [
      {
        key: "item",
        title: "Item",
        wrap: true,
        cell: (variant) => <Link href={`/app/products/${variant.product.legacy_id}`}>{nameOf(variant)}</Link>,
      },
      { key: "sku", title: "SKU", minor: true, cell: (variant) => variant.sku },
      ...locations.map((location) => ({
        key: location.id,
        title: location.name,
        end: true,
        cell: (variant: Found) =>
          variant.inventory_item.tracked ? (
            <Stock variant={variant.id} name={variant.sku || nameOf(variant)} location={location} />
          ) : (
            <span className="soft">Not tracked</span>
          ),
      })),
    ],
    [locations],
  );
  return <ListCard label="Stock" list={list} columns={columns} rowKey={(variant) => variant.id} empty={NOTHING} />;
}

function Totals() {
  const format = useFormats();
  const { data } = useRead("replenishment_stock", {} as Input<"replenishment_stock">);
  if (data === undefined) {
    // The list below needs no copy of the store; sums do, and are left out without one.
    return null;
  }
  return (
    <Card>
      <div className="stats">
        <Stat
          label="Stock value at cost"
          value={format.money(data.totals.value, data.currency)}
          beside={`${format.number(data.totals.units)} units`}
        />
        {data.locations
          .filter((location) => location.active)
          .slice(0, 3)
          .map((location) => (
            <Stat
              key={location.location_id}
              label={`Available at ${location.name}`}
              value={format.number(location.states.available)}
              beside={`${format.number(location.states.committed)} more promised to orders`}
            />
          ))}
      </div>
    </Card>
  );
}

function ItemName({ item }: { item: Stocked }) {
  const variant = item.variants?.nodes[0];
  return variant === undefined ? (
    (item.sku ?? "Item")
  ) : (
    <Link href={`/app/products/${variant.product.legacy_id}`}>{titleOf(item)}</Link>
  );
}

function titleOf(item: Stocked): string {
  return item.variants?.nodes[0]?.display_name.replace(/ - Default Title$/, "") ?? item.sku ?? "Item";
}

/** Return how a variant is called beside those of other products. */
export function nameOf(variant: { title: string; product: { title: string } }): string {
  return variant.title === "Default Title" ? variant.product.title : `${variant.product.title} · ${variant.title}`;
}
