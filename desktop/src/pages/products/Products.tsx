import { Package, Plus } from "lucide-react";
import { type CSSProperties, useDeferredValue, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { useFilters } from "../../app/filters";
import { ListCard } from "../../app/ListCard";
import { useList } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Input, Item } from "../../client/types";
import { Button, type Column, Page, Select, TextField } from "../../ui";
import { NewProduct } from "./NewProduct";
import { Left, ProductState, STATUSES } from "./states";

type Row = Item<"product_search">;

const STATUS = [["", "All"], ...STATUSES] as const;
const FILTERS = ["query", "vendor", "type", "tag"] as const;

export default function Products() {
  const [filters, setFilter] = useFilters();
  const [creating, setCreating] = useState(false);
  const [, go] = useLocation();
  const format = useFormats();
  const asked = useDeferredValue(FILTERS.map((name) => filters[name] ?? "").join("\n")).split("\n");
  const list = useList("product_search", {
    query: asked[0],
    vendor: asked[1],
    product_type: asked[2],
    tag: asked[3],
    status: filters.status,
    limit: 50,
  } as Input<"product_search">);
  const columns = useMemo(
    (): Column<Row>[] => [
      {
        key: "title",
        title: "Product",
        wrap: true,
        sortBy: (product) => product.title,
        cell: (product) => (
          <>
            <Link href={`/app/products/${product.legacy_id}`}>{product.title}</Link>
            {product.status !== "ACTIVE" && (
              <span className="narrow">
                {" "}
                <ProductState state={product.status} />
              </span>
            )}
          </>
        ),
      },
      { key: "status", title: "Status", minor: true, cell: (product) => <ProductState state={product.status} /> },
      {
        key: "stock",
        title: "Stock",
        end: true,
        sortBy: (product) => product.total_inventory,
        cell: (product) =>
          product.tracks_inventory ? (
            <Left units={product.total_inventory} shown={format.number(product.total_inventory)} />
          ) : (
            <span className="soft">Not tracked</span>
          ),
      },
      {
        key: "price",
        title: "Price",
        end: true,
        sortBy: (product) => Number(product.price_range.min_variant_price.amount),
        cell: (product) => prices(product, format.money),
      },
      { key: "vendor", title: "Vendor", minor: true, cell: (product) => product.vendor },
      { key: "type", title: "Type", minor: true, cell: (product) => product.product_type },
    ],
    [format],
  );
  const narrowed = Object.values(filters).some((value) => value !== "");
  return (
    <Page
      title="Products"
      actions={
        <Button look="primary" onClick={() => setCreating(true)}>
          <Plus aria-hidden />
          Add a product
        </Button>
      }
    >
      <div className="filters" style={{ "--filter": "9rem" } as CSSProperties}>
        <TextField
          label="Search"
          wide
          type="search"
          placeholder="Title, SKU or barcode"
          value={filters.query ?? ""}
          onChange={(event) => setFilter("query", event.target.value)}
        />
        <Select
          label="Status"
          options={STATUS}
          value={filters.status ?? ""}
          onChange={(event) => setFilter("status", event.target.value)}
        />
        <TextField
          label="Vendor"
          type="search"
          value={filters.vendor ?? ""}
          onChange={(event) => setFilter("vendor", event.target.value)}
        />
        <TextField
          label="Type"
          type="search"
          value={filters.type ?? ""}
          onChange={(event) => setFilter("type", event.target.value)}
        />
        <TextField
          label="Tag"
          type="search"
          value={filters.tag ?? ""}
          onChange={(event) => setFilter("tag", event.target.value)}
        />
      </div>
      <ListCard
        label="Products"
        list={list}
        columns={columns}
        rowKey={(product) => product.id}
        onOpen={(product) => go(`/app/products/${product.legacy_id}`)}
        empty={{
          icon: Package,
          title: narrowed ? "No product is as you ask" : "No products yet",
          about: narrowed
            ? "Vendor, type and tag have to be written as the product has them."
            : "What you add here or in Shopify appears in this list.",
        }}
      />
      {creating && <NewProduct onClose={() => setCreating(false)} />}
    </Page>
  );
}

function prices(product: Row, money: (amount: string, currency: string) => string): string {
  const { min_variant_price: least, max_variant_price: most } = product.price_range;
  const from = money(least.amount, least.currency_code);
  return least.amount === most.amount ? from : `${from} – ${money(most.amount, most.currency_code)}`;
}
