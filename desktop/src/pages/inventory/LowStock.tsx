import { PackageCheck } from "lucide-react";
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import { useFilters } from "../../app/filters";
import { ListCard } from "../../app/ListCard";
import { useList, useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Input, Item } from "../../client/types";
import { type Column, Select } from "../../ui";
import { Left } from "../products/states";
import { nameOf } from "./StockList";

type Row = Item<"variant_search">;

const LIMITS = [
  ["0", "Out of stock"],
  ["2", "2 units or fewer"],
  ["5", "5 units or fewer"],
  ["10", "10 units or fewer"],
] as const;

/** Tracked variants of active products of which few or none are left. */
export function LowStock() {
  const [filters, setFilter] = useFilters();
  const [, go] = useLocation();
  const format = useFormats();
  const most = LIMITS.some(([value]) => value === filters.most) ? filters.most : "5";
  const places = useRead("location_list", { limit: 50 });
  const list = useList("variant_search", {
    inventory_quantity_max: Number(most),
    location_id: filters.location,
    product_status: "ACTIVE",
    sort_key: "INVENTORY_QUANTITY",
    limit: 50,
  } as Input<"variant_search">);
  const tracked = { ...list, items: list.items.filter((variant) => variant.inventory_item.tracked) };
  const columns = useMemo(
    (): Column<Row>[] => [
      {
        key: "item",
        title: "Item",
        wrap: true,
        cell: (variant) => <Link href={`/app/products/${variant.product.legacy_id}`}>{nameOf(variant)}</Link>,
      },
      { key: "sku", title: "SKU", minor: true, cell: (variant) => variant.sku },
      {
        key: "price",
        title: "Price",
        end: true,
        minor: true,
        cell: (variant) => format.money(variant.price, format.currency),
      },
      {
        key: "policy",
        title: "When it is out",
        minor: true,
        cell: (variant) => (variant.inventory_policy === "CONTINUE" ? "Goes on selling" : "Stops selling"),
      },
      {
        key: "left",
        title: "Left",
        end: true,
        sortBy: (variant) => variant.inventory_quantity ?? 0,
        cell: (variant) => (
          <Left units={variant.inventory_quantity ?? 0} shown={format.number(variant.inventory_quantity ?? 0)} />
        ),
      },
    ],
    [format],
  );
  const locations = places.data?.items ?? [];
  return (
    <>
      <div className="filters">
        <Select
          label="Show"
          options={LIMITS}
          value={most}
          onChange={(event) => setFilter("most", event.target.value)}
        />
        {locations.length > 1 && (
          <Select
            label="Stocked at"
            options={[["", "Any location"], ...locations.map((place) => [place.legacy_id, place.name] as const)]}
            value={filters.location ?? ""}
            onChange={(event) => setFilter("location", event.target.value)}
          />
        )}
      </div>
      <ListCard
        label="Low stock"
        list={tracked}
        columns={columns}
        rowKey={(variant) => variant.id}
        onOpen={(variant) => go(`/app/products/${variant.product.legacy_id}`)}
        empty={{
          icon: PackageCheck,
          title: "Nothing is low",
          about: "Every tracked variant has more units than that.",
        }}
      />
    </>
  );
}
