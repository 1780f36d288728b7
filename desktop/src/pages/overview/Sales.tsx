import { Link } from "wouter";
import { ErrorNote } from "../../app/ErrorNote";
import { queries } from "../../app/queries";
import { readOf, useRead } from "../../app/reading";
import { lacksOrders, MakeCopy, useCopy } from "../../app/storeCopy";
import { type Store, useFormats, useStore } from "../../app/stores";
import type { Input } from "../../client/types";
import { Card, Change, Loading, Note, Stat } from "../../ui";
import { Chart } from "../../ui/Chart";
import { before, dayIn, week } from "./days";
import styles from "./overview.module.css";

/** What the figures are read by: the last seven days against those before, and each of the last fourteen. */
function asked(today: string) {
  return {
    sums: { period: "last_7_days", compare: true },
    days: { since: before(today, 13), until: today, group_by: "day" },
  } as const;
}

/** Ask for the figures of a store before they are drawn. */
export function askForFigures({ shop, timezone }: Store): void {
  const { sums, days } = asked(dayIn(timezone || "UTC"));
  for (const input of [sums, days]) {
    queries.prefetchQuery(readOf("analytics_sales", { shop, ...input } as Input<"analytics_sales">));
  }
  queries.prefetchQuery(readOf("sync", { shop } as Input<"sync">));
}

/** Read the figures of the overview. `stand` says that they are there, or that they are not to be had. */
export function useFigures() {
  const { store } = useStore();
  const { timezone } = useFormats();
  const missing = lacksOrders(useCopy().copy);
  const today = dayIn(timezone);
  const ready = { enabled: store !== undefined && !missing };
  const inputs = asked(today);
  const sums = useRead("analytics_sales", inputs.sums, ready);
  const days = useRead("analytics_sales", inputs.days, ready);
  const stand = missing || (!sums.isPending && !days.isPending);
  return { missing, today, sums, days, stand };
}

/** What was sold today and in the last seven days, each against the week before. */
export function Sales({ figures: { missing, today, sums, days } }: { figures: ReturnType<typeof useFigures> }) {
  const format = useFormats();
  if (missing) {
    return <MakeCopy what="Sales figures" />;
  }
  const error = sums.error ?? days.error;
  if (error !== null && error.error.code !== "NOT_SYNCED") {
    return <ErrorNote error={error} onRetry={sums.refetch} />;
  }
  const currency = sums.data?.currency ?? format.currency;
  const rows = days.data?.rows ?? [];
  const ofToday = rows.find((row) => row.since === today);
  const aWeekAgo = rows.find((row) => row.since === before(today, 7));
  const weekday = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(new Date(today));
  const { data } = sums;
  return (
    <>
      <div className={styles.figures}>
        <Figure loading={days.isPending}>
          <Stat
            label="Sales today"
            value={format.money(ofToday?.total_sales ?? "0", currency)}
            beside={`${format.money(aWeekAgo?.total_sales ?? "0", currency)} in all last ${weekday}`}
          />
        </Figure>
        <Figure loading={days.isPending}>
          <Stat
            label="Orders today"
            value={format.number(ofToday?.orders ?? 0)}
            beside={`${format.number(aWeekAgo?.orders ?? 0)} in all last ${weekday}`}
          />
        </Figure>
        <Figure loading={sums.isPending}>
          <Stat
            label="Sales in the last 7 days"
            value={format.money(data?.totals.total_sales, currency)}
            beside={
              <>
                <Against percent={data?.previous?.change_percent?.total_sales} />
                {format.money(data?.previous?.total_sales, currency)} in the 7 days before
              </>
            }
          />
        </Figure>
        <Figure loading={sums.isPending}>
          <Stat
            label="Orders in the last 7 days"
            value={format.number(data?.totals.orders ?? 0)}
            beside={
              <>
                <Against percent={data?.previous?.change_percent?.orders} />
                {format.number(data?.previous?.orders ?? 0)} in the 7 days before
              </>
            }
          />
        </Figure>
      </div>
      {data?.complete === false && (
        <Note tone="warn">
          Older orders are missing in the copy of this store, so that some of these figures may be too low.
        </Note>
      )}
      <Card title="Sales of each day" actions={<Link href="/app/reports">Reports</Link>}>
        {days.isPending ? (
          <div className="skeleton chart" />
        ) : (
          <Chart
            label="Sales of each of the last seven days, and of the same days of the week before"
            kind="line"
            points={week(rows, today)}
            x="day"
            series={[
              { key: "sales", name: "This week" },
              { key: "before", name: "The week before", beside: true },
            ]}
            formatX={format.weekday}
            formatY={(value) => format.short(value, currency)}
          />
        )}
      </Card>
    </>
  );
}

function Figure({ loading, children }: { loading: boolean; children: React.ReactNode }) {
  return <Card>{loading ? <Loading lines={3} label="Adding up" /> : children}</Card>;
}

function Against({ percent }: { percent: string | null | undefined }) {
  const format = useFormats();
  return percent == null ? null : (
    <>
      <Change percent={percent} formatted={format.percent(percent)} /> ·{" "}
    </>
  );
}
