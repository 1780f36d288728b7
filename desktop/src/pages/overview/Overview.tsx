import { Boxes, ShoppingBag } from "lucide-react";
import { Link } from "wouter";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { lacksCopy } from "../../app/storeCopy";
import { useFormats, useStore } from "../../app/stores";
import type { Input } from "../../client/types";
import { Badge, Card, Empty, Loading, Page } from "../../ui";
import { OrderState } from "../orders/states";
import { Health } from "./Health";
import { Needs } from "./Needs";
import styles from "./overview.module.css";
import { askForFigures, Sales, useFigures } from "./Sales";

// What a row shows, and no more: orders with all that they hold are ten times as much.
const SHOWN = [
  "id",
  "legacy_id",
  "name",
  "email",
  "created_at",
  "cancelled_at",
  "customer",
  "current_total_price",
  "display_fulfillment_status",
];

export { askForFigures as first };

export default function Overview() {
  const format = useFormats();
  const figures = useFigures();
  const about = new Intl.DateTimeFormat(format.locale, { dateStyle: "full", timeZone: format.timezone }).format();
  return (
    <Page title="Overview" about={about}>
      <Sales figures={figures} />
      <div className="split">
        <RecentOrders />
        <div className="stack">
          <Needs />
          {!figures.missing && <StockAlerts ready={figures.stand} />}
          <Health ready={figures.stand} />
        </div>
      </div>
    </Page>
  );
}

function RecentOrders() {
  const { store } = useStore();
  const format = useFormats();
  const { data, error, isPending, refetch } = useRead(
    "order_search",
    { limit: 8, fields: SHOWN } as Input<"order_search">,
    { enabled: store !== undefined, every: 60_000 },
  );
  const orders = data?.items ?? [];
  return (
    <Card title="Recent orders" actions={<Link href="/app/orders">All orders</Link>}>
      {isPending && <Loading lines={8} label="Loading recent orders" />}
      {error !== null && orders.length === 0 && <ErrorNote error={error} onRetry={refetch} />}
      {data !== undefined && orders.length === 0 && (
        <Empty icon={ShoppingBag} title="No orders yet">
          They appear here as soon as they are placed.
        </Empty>
      )}
      <ul className={styles.list} aria-label="Recent orders">
        {orders.map((order) => (
          <li key={order.id}>
            <div>
              <Link href={`/app/orders/${order.legacy_id}`}>{order.name}</Link>{" "}
              <span>{order.customer?.display_name ?? order.email ?? ""}</span>
              <div className="small soft">{format.ago(order.created_at)}</div>
            </div>
            <div className={styles.end}>
              {format.money(
                order.current_total_price.shop_money.amount,
                order.current_total_price.shop_money.currency_code,
              )}
              <div>
                {order.cancelled_at ? (
                  <Badge tone="bad">Cancelled</Badge>
                ) : (
                  <OrderState state={order.display_fulfillment_status} />
                )}
              </div>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What is to be ordered again. To work it out takes longer than all the rest, which is asked for before: `ready`. */
function StockAlerts({ ready }: { ready: boolean }) {
  const { store } = useStore();
  const format = useFormats();
  const { data, error, isPending, refetch } = useRead(
    "replenishment_plan",
    { only_to_order: true, first: 5 },
    { enabled: store !== undefined && ready },
  );
  if (lacksCopy(error)) {
    return null;
  }
  const rows = data?.rows ?? [];
  return (
    <Card title="Stock that runs out" actions={<Link href="/app/inventory">Inventory</Link>}>
      {isPending && <Loading lines={5} label="Looking at the stock" />}
      {error !== null && <ErrorNote error={error} onRetry={refetch} />}
      {data !== undefined && rows.length === 0 && <Empty icon={Boxes} title="Enough of everything" />}
      <ul className={styles.list}>
        {rows.map((row) => (
          <li key={row.variant_id}>
            <div>
              {row.title}
              <div className="small soft">
                {row.available <= 0
                  ? "Sold out"
                  : `${format.number(row.available)} left${row.stock_out_date ? `, until about ${format.day(row.stock_out_date)}` : ""}`}
              </div>
            </div>
            <span className={styles.end}>
              {row.order_quantity
                ? `Order ${format.number(row.order_quantity)}`
                : `${format.number(row.available)} left`}
            </span>
          </li>
        ))}
      </ul>
      {(data?.to_order ?? 0) > rows.length && (
        <p className="small soft">
          And {format.number((data?.to_order ?? 0) - rows.length)} more are to be ordered again.
        </p>
      )}
    </Card>
  );
}
