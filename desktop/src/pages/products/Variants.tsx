import { useMemo, useState } from "react";
import { useChanging } from "../../app/changing";
import { useList, useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Data, Input, Item } from "../../client/types";
import { Button, Card, type Column, DataTable, InlineEdit, Loading, Select } from "../../ui";
import { decimalsOf, readAmount } from "../../ui/amounts";
import { Stock } from "../inventory/Stock";
import { Left } from "./states";

type Product = Data<"product_get">;
type Variant = Product["variants"]["nodes"][number];

/** The variants of a product: price and stock are changed where they stand. */
export function Variants({ product }: { product: Product }) {
  const format = useFormats();
  const [chosen, choose] = useState("");
  const places = useRead("location_list", { limit: 50 });
  const rest = useList(
    "variant_search",
    { product_id: product.id, limit: 100, sort_key: "POSITION" } as Input<"variant_search">,
    { enabled: product.variants.truncated },
  );
  const variants: readonly (Variant | Item<"variant_search">)[] =
    product.variants.truncated && rest.items.length > 0 ? rest.items : product.variants.nodes;
  const locations = places.data?.items ?? [];
  const location = locations.find((one) => one.id === chosen) ?? locations[0];
  const one = product.options.length === 1 && product.options[0]?.values.length === 1;
  const columns = useMemo(
    (): Column<Variant | Item<"variant_search">>[] => [
      {
        key: "title",
        title: "Variant",
        wrap: true,
        cell: (variant) => (variant.title === "Default Title" ? "The product itself" : variant.title),
      },
      { key: "sku", title: "SKU", minor: true, cell: (variant) => variant.sku || <span className="soft">None</span> },
      {
        key: "price",
        title: "Price",
        end: true,
        cell: (variant) => <Price variant={variant} />,
      },
      {
        key: "stock",
        title: "Stock",
        end: true,
        cell: (variant) =>
          variant.inventory_item.tracked ? (
            location && <Stock variant={variant.id} name={nameOf(variant)} location={location} />
          ) : (
            <span className="soft">Not tracked</span>
          ),
      },
      {
        key: "total",
        title: "In all",
        end: true,
        minor: true,
        cell: (variant) =>
          variant.inventory_item.tracked && variant.inventory_quantity !== null ? (
            <Left units={variant.inventory_quantity} shown={format.number(variant.inventory_quantity)} />
          ) : null,
      },
    ],
    [format, location],
  );
  return (
    <Card
      title={one ? "Price and stock" : `${format.number(product.variants_count?.count ?? variants.length)} variants`}
      flush
      actions={
        locations.length > 1 && (
          <Select
            label="Stock at"
            options={locations.map((place) => [place.id, place.name] as const)}
            value={location?.id ?? ""}
            onChange={(event) => choose(event.target.value)}
          />
        )
      }
    >
      {rest.isPending && product.variants.truncated ? (
        <Loading label="Loading the variants" />
      ) : (
        <DataTable
          label="Variants"
          columns={columns}
          rows={variants}
          rowKey={(variant) => variant.id}
          onEnd={rest.more}
        />
      )}
      {rest.hasMore && (
        <div className="row" style={{ justifyContent: "center", padding: "var(--space-3)" }}>
          <Button onClick={rest.more} busy={rest.loadingMore}>
            Show more
          </Button>
        </div>
      )}
    </Card>
  );
}

function nameOf(variant: { title: string; sku: string | null }): string {
  return variant.title === "Default Title" ? (variant.sku ?? "the product") : variant.title;
}

function Price({ variant }: { variant: Pick<Variant, "id" | "title" | "sku" | "price" | "compare_at_price"> }) {
  const { make } = useChanging();
  const format = useFormats();
  const name = nameOf(variant);
  return (
    <>
      {variant.compare_at_price !== null && (
        <span className="soft small">
          <span className="visually-hidden">Compare-at price </span>
          <s>{format.money(variant.compare_at_price, format.currency)}</s>{" "}
        </span>
      )}
      <InlineEdit
        label={`Price of ${name}`}
        value={variant.price}
        show={(value) => format.money(value, format.currency)}
        read={(text) => readAmount(text, format.locale, decimalsOf(format.currency))}
        save={async (price) => {
          await make(
            "variant_update",
            { id: variant.id, price } as Input<"variant_update">,
            `${name} now costs ${format.money(price, format.currency)}.`,
          );
        }}
      />
    </>
  );
}
