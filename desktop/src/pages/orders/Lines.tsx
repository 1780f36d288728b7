import { Link } from "wouter";
import { useFormats } from "../../app/stores";
import { Badge, Card } from "../../ui";
import { compare } from "./amount";
import type { Line, Order } from "./order";
import styles from "./order.module.css";

interface Money {
  shop_money: { amount: string; currency_code: string };
}

/** What was ordered, line by line. */
export function Lines({ order }: { order: Order }) {
  const lines = order.line_items.nodes;
  return (
    <Card
      title={`${order.subtotal_line_items_quantity} ${order.subtotal_line_items_quantity === 1 ? "item" : "items"}`}
    >
      <ul className={styles.lines}>
        {lines.map((line) => (
          <OneLine key={line.id} line={line} />
        ))}
      </ul>
      {order.line_items.truncated && <p className="small soft">Only the first {lines.length} lines are shown.</p>}
    </Card>
  );
}

function OneLine({ line }: { line: Line }) {
  const format = useFormats();
  const money = ({ shop_money }: Money) => format.money(shop_money.amount, shop_money.currency_code);
  const gone = line.quantity - line.current_quantity;
  const cheaper = compare(line.discounted_unit_price.shop_money.amount, line.original_unit_price.shop_money.amount) < 0;
  return (
    <li>
      <div>
        {line.product ? <Link href={`/app/products/${line.product.legacy_id}`}>{line.title}</Link> : line.title}
        <div className="small soft">{[line.variant_title, line.sku].filter(Boolean).join(" · ")}</div>
        <div className="row">
          {line.unfulfilled_quantity > 0 && line.unfulfilled_quantity < line.current_quantity && (
            <Badge tone="warn">{line.unfulfilled_quantity} to send</Badge>
          )}
          {gone > 0 && <Badge>{gone === line.quantity ? "Taken off" : `${gone} taken off`}</Badge>}
        </div>
      </div>
      <div className={styles.unit}>
        {cheaper && <del className="soft">{money(line.original_unit_price)}</del>} {money(line.discounted_unit_price)} ×{" "}
        {format.number(line.quantity)}
      </div>
      <div className={styles.total}>{money(line.discounted_total)}</div>
    </li>
  );
}

/** What the order is worth, and what of it is paid, paid back and outstanding. */
export function Amounts({ order }: { order: Order }) {
  const format = useFormats();
  const rows: [string, Money | null, always?: boolean][] = [
    ["Subtotal after discounts", order.subtotal_price, true],
    [
      order.discount_codes.length > 0
        ? `Discounts taken off (${order.discount_codes.join(", ")})`
        : "Discounts taken off",
      order.total_discounts,
    ],
    ["Shipping", order.total_shipping_price],
    ["Tax", order.total_tax],
    ["Total", order.total_price, true],
    ["Refunded", order.total_refunded],
    ["Outstanding", order.total_outstanding],
  ];
  return (
    <Card title="Amounts">
      <dl className={styles.amounts}>
        {rows
          .filter(([, money, always]) => money !== null && (always || compare(money.shop_money.amount, "0") !== 0))
          .map(([name, money]) => (
            <div key={name} className={name === "Total" ? styles.sum : undefined}>
              <dt>{name}</dt>
              <dd>{format.money(money?.shop_money.amount, money?.shop_money.currency_code ?? order.currency_code)}</dd>
            </div>
          ))}
      </dl>
    </Card>
  );
}
