import { Package, Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { type ListOf, ListPage } from "../../app/ListPage";
import type { Item } from "../../client/types";
import { Button } from "../../ui";
import { NewProduct } from "./NewProduct";
import { Left, ProductState, STATUSES } from "./states";

const PRODUCTS: ListOf<"product_search"> = {
  title: "Products",
  read: "product_search",
  input: ({ query, status, vendor, type, tag }) => ({ query, status, vendor, product_type: type, tag, limit: 50 }),
  filters: [
    { name: "query", label: "Search", wide: true, placeholder: "Title, SKU or barcode" },
    { name: "status", label: "Status", options: [["", "All"], ...STATUSES] },
    { name: "vendor", label: "Vendor" },
    { name: "type", label: "Type" },
    { name: "tag", label: "Tag" },
  ],
  filterWidth: "9rem",
  columns: (format) => [
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
      wrap: true,
      sortBy: (product) => Number(product.price_range.min_variant_price.amount),
      cell: (product) => prices(product, format.money),
    },
    { key: "vendor", title: "Vendor", minor: true, cell: (product) => product.vendor },
    { key: "type", title: "Type", minor: true, cell: (product) => product.product_type },
  ],
  href: (product) => `/app/products/${product.legacy_id}`,
  csv: {
    name: "products",
    columns: [
      ["Product", (product) => product.title],
      ["Status", (product) => product.status],
      ["Stock", (product) => (product.tracks_inventory ? product.total_inventory : null)],
      ["Lowest price", (product) => product.price_range.min_variant_price.amount],
      ["Highest price", (product) => product.price_range.max_variant_price.amount],
      ["Currency", (product) => product.price_range.min_variant_price.currency_code],
      ["Vendor", (product) => product.vendor],
      ["Type", (product) => product.product_type],
      ["Id", (product) => product.legacy_id],
    ],
  },
  empty: {
    icon: Package,
    title: "No products yet",
    about: "What you add here or in Shopify appears in this list.",
  },
  none: { title: "No product matches", about: "Vendor, type and tag have to be written as the product has them." },
};

export default function Products() {
  const [creating, setCreating] = useState(false);
  return (
    <>
      <ListPage
        of={PRODUCTS}
        actions={
          <Button look="primary" onClick={() => setCreating(true)}>
            <Plus aria-hidden />
            Add a product
          </Button>
        }
      />
      {creating && <NewProduct onClose={() => setCreating(false)} />}
    </>
  );
}

function prices(product: Item<"product_search">, money: (amount: string, currency: string) => string): string {
  const { min_variant_price: least, max_variant_price: most } = product.price_range;
  const from = money(least.amount, least.currency_code);
  return least.amount === most.amount ? from : `${from} – ${money(most.amount, most.currency_code)}`;
}
