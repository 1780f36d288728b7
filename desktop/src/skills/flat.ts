/** Things as Shopify's REST interface told of them, which ATOM's front end reads: numeric ids, words in lower case. */

interface Identified {
  id: number;
  admin_graphql_api_id: string;
}

export interface Variant extends Identified {
  product_id: number;
  title: string;
  /** An amount as text, such as `12.50`. */
  price: string;
  compare_at_price: string | null;
  sku: string;
  barcode: string | null;
  position: number;
  inventory_policy: string;
  inventory_quantity: number | null;
  inventory_item_id: number;
  taxable: boolean;
  requires_shipping: boolean;
  option1: string | null;
  option2: string | null;
  option3: string | null;
  updated_at: string;
}

export interface Product extends Identified {
  title: string;
  body_html: string;
  vendor: string;
  product_type: string;
  handle: string;
  status: "active" | "archived" | "draft" | "unlisted";
  tags: string;
  created_at: string;
  updated_at: string;
  published_at: string | null;
  template_suffix: string | null;
  options: { id: number; product_id: number; name: string; position: number; values: string[] }[];
  variants: Variant[];
  images: unknown[];
  image: { src: string } | null;
  metafields: unknown[];
  total_inventory: number | null;
}

export interface LineItem extends Identified {
  name: string;
  title: string;
  variant_title: string | null;
  sku: string;
  vendor: string | null;
  quantity: number;
  current_quantity: number;
  price: string | null;
  variant_id: number | null;
  product_id: number | null;
}

export interface Order extends Identified {
  name: string;
  email: string;
  phone: string | null;
  note: string | null;
  tags: string;
  test: boolean;
  currency: string;
  total_price: string;
  subtotal_price: string | null;
  total_tax: string | null;
  total_discounts: string | null;
  current_total_price: string;
  financial_status:
    | "pending"
    | "authorized"
    | "partially_paid"
    | "paid"
    | "partially_refunded"
    | "refunded"
    | "voided"
    | "expired"
    | null;
  fulfillment_status: "fulfilled" | "unfulfilled" | "partial" | "restocked" | null;
  created_at: string;
  updated_at: string;
  processed_at: string;
  closed_at: string | null;
  cancelled_at: string | null;
  cancel_reason: string | null;
  customer: (Identified & { display_name: string }) | null;
  line_items: LineItem[];
}

export interface Customer extends Identified {
  email: string | null;
  phone: string | null;
  first_name: string | null;
  last_name: string | null;
  note: string | null;
  tags: string;
  state: string;
  verified_email: boolean;
  tax_exempt: boolean;
  orders_count: number;
  total_spent: string;
  currency: string;
  created_at: string;
  updated_at: string;
}

export interface TopSellingProduct {
  product_id: number | null;
  variant_id: number | null;
  title: string;
  variant_title: string;
  quantity_sold: number;
  /** The same figure under its older name. */
  count: number;
}

export interface ConnectionStatus {
  isConnected: boolean;
  shopUrl?: string;
}

export interface InventoryLevel {
  inventory_item_id: string;
  available: number;
}

/** What a search finds; `created` is its date. */
export type SearchResult = { created: string } & (
  | ({ type: "product"; price: string | null } & Product)
  | ({ type: "order" } & Order)
  | ({ type: "customer" } & Customer)
);
