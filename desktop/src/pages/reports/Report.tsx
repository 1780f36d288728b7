import { Download, Printer } from "lucide-react";
import { Link, useParams } from "wouter";
import { useFilters } from "../../app/filters";
import { client } from "../../app/queries";
import { useRead, withShop } from "../../app/reading";
import { NeedsCopy } from "../../app/storeCopy";
import { useFormats, useStore } from "../../app/stores";
import type { Input } from "../../client/types";
import { Card, Loading, Note, Page, Select, TextField, words } from "../../ui";
import { ReportSection } from "./ReportSection";
import { PERIODS, periodIn, REPORTS } from "./ready";
import styles from "./reports.module.css";
import { meanings, type Report as Shown } from "./values";

type Asked = Input<"report_render">;

/** A report: figures with their change, charts, tables, files, and what each figure means. */
export default function Report() {
  const { name } = useParams<{ name: string }>();
  const { shop } = useStore();
  const [filters] = useFilters();
  const ready = REPORTS.find((report) => report.name === name);
  const period = periodIn(filters);
  const fault = "fault" in period ? period.fault : undefined;
  const input = { name, ...(fault === undefined ? period : {}) } as Asked;
  const { data, error, refetch, isPlaceholderData } = useRead("report_render", input, { enabled: fault === undefined });
  const file = (format: "csv" | "html", section?: string) =>
    client.address("report_render", withShop("report_render", { ...input, format, section } as Asked, shop));
  const shown = typeof data === "object" && data.name === name ? data : undefined;
  return (
    <Page
      title={ready?.title ?? words(name)}
      about={
        <span className="row">
          <Link href="/app/reports">All reports</Link>
          <span>{ready?.about ?? shown?.about}</span>
        </span>
      }
      actions={
        <>
          <a className="button" href={file("html")} target="_blank" rel="noreferrer">
            <Printer aria-hidden />
            Page to print
          </a>
          <a className="button primary" href={file("csv")} download>
            <Download aria-hidden />
            CSV
          </a>
        </>
      }
    >
      {ready?.period !== undefined && <PeriodFilters own={ready.period} fault={fault} />}
      {error !== null ? (
        <NeedsCopy what="Reports" error={error} onRetry={refetch} />
      ) : shown === undefined ? (
        fault === undefined && (
          <Card>
            <Loading lines={8} label="Loading the report" />
          </Card>
        )
      ) : (
        <div className="stack loose" aria-busy={isPlaceholderData}>
          <About report={shown} />
          {shown.sections.map((section) => (
            <ReportSection
              key={section.key}
              section={section}
              currency={shown.currency}
              csv={file("csv", section.key)}
            />
          ))}
          <Meanings report={shown} />
        </div>
      )}
    </Page>
  );
}

function PeriodFilters({ own, fault }: { own: string; fault: string | undefined }) {
  const [filters, setFilter] = useFilters();
  const chosen = filters.period ?? own;
  return (
    <div className="filters">
      <Select
        label="Period"
        options={[...PERIODS, ["days", "Other days"]]}
        value={chosen}
        onChange={(event) => setFilter("period", event.target.value === own ? "" : event.target.value)}
      />
      {chosen === "days" && (
        <>
          <TextField
            label="First day"
            type="date"
            value={filters.since ?? ""}
            hint={fault}
            onChange={(event) => setFilter("since", event.target.value)}
          />
          <TextField
            label="Last day"
            type="date"
            value={filters.until ?? ""}
            onChange={(event) => setFilter("until", event.target.value)}
          />
        </>
      )}
    </div>
  );
}

function About({ report }: { report: Shown }) {
  const format = useFormats();
  const { period } = report;
  const days =
    period === null || period.since === undefined || period.until === undefined
      ? "Now"
      : period.since === period.until
        ? format.day(period.since)
        : `${format.day(period.since)} to ${format.day(period.until)}`;
  return (
    <>
      <p className="soft">
        {report.store} · {days} · as of {format.time(report.as_of)}
      </p>
      {!report.complete && (
        <Note tone="warn" title="Something is missing">
          {report.known_since
            ? `Orders before ${format.day(report.known_since)} are not known.`
            : "Parts of the store are not copied yet."}
        </Note>
      )}
    </>
  );
}

function Meanings({ report }: { report: Shown }) {
  const found = meanings(report);
  return found.length === 0 ? null : (
    <Card title="What the figures mean">
      <dl className={styles.meanings}>
        {found.map(({ label, meaning }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
