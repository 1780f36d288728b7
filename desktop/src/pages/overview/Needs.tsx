import { Bell, CircleCheck, CircleX, type LucideIcon, Truck, Workflow } from "lucide-react";
import { Link } from "wouter";
import { useRead } from "../../app/reading";
import { useFormats, useStore } from "../../app/stores";
import { useWaiting } from "../../app/waiting";
import { Badge, Card, Empty, Loading, type Tone } from "../../ui";
import styles from "./overview.module.css";

const WEEK = 7 * 86_400_000;
const MOST = 250;

interface Need {
  icon: LucideIcon;
  count: number;
  text: string;
  href: string;
  tone: Tone;
}

/** What waits for a person: each is there as soon as it is read, whatever the others do. */
export function Needs() {
  const { store } = useStore();
  const format = useFormats();
  const ready = { enabled: store !== undefined };
  const approvals = useWaiting(30_000);
  const orders = useRead("order_count", { status: "OPEN", fulfillment_status: "UNFULFILLED" }, ready);
  const deliveries = useRead("deliveries", { state: "dead", limit: MOST }, ready);
  const runs = useRead("atom_workflow_runs", { state: "failed", limit: MOST });
  const lately = Date.now() - WEEK;
  const failed = runs.data?.runs.filter((run) => Date.parse(run.created_at) > lately).length ?? 0;
  const needs: Need[] = [
    {
      icon: Bell,
      count: approvals.count,
      text: "Approvals wait for a yes or no",
      href: "/app/approvals",
      tone: "accent",
    },
    {
      icon: Truck,
      count: orders.data?.count ?? 0,
      text: "Orders to fulfil",
      href: "/app/orders?status=OPEN&delivery=UNFULFILLED",
      tone: "warn",
    },
    {
      icon: CircleX,
      count: deliveries.data?.items.length ?? 0,
      text: "Deliveries of events failed",
      href: "/app/deliveries?state=dead",
      tone: "bad",
    },
    {
      icon: Workflow,
      count: failed,
      text: "Workflow runs failed in the last 7 days",
      href: "/app/workflows",
      tone: "bad",
    },
  ];
  const shown = needs.filter((need) => need.count > 0);
  const reads = [approvals.workflows, ...approvals.ofStores.map(({ query }) => query), orders, deliveries, runs];
  const pending = reads.some((read) => read.isPending);
  const broken = reads.some((read) => read.isError);
  return (
    <Card title="What needs you">
      {shown.length > 0 && (
        <ul className={styles.needs}>
          {shown.map(({ icon: Icon, count, text, href, tone }) => (
            <li key={text}>
              <Link href={href}>
                <Icon aria-hidden />
                <span>{text}</span>
                <Badge tone={tone}>{format.number(count)}</Badge>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {shown.length === 0 && pending && <Loading lines={3} label="Looking at what needs you" />}
      {shown.length === 0 && !pending && !broken && <Empty icon={CircleCheck} title="Nothing needs you" />}
      {broken && <p className="small soft">Some of it could not be read.</p>}
    </Card>
  );
}
