import { ChartColumn, ChevronRight } from "lucide-react";
import { Link } from "wouter";
import { MakeCopy, useCopy } from "../../app/storeCopy";
import { useFormats } from "../../app/stores";
import { Page, words } from "../../ui";
import { REPORTS } from "./ready";
import styles from "./reports.module.css";

/** The reports that there are, each with what it is about. */
export default function Reports() {
  const { copy, running } = useCopy();
  const format = useFormats();
  const missing = copy?.state === "none" || copy?.streams.every((stream) => stream.whole_at === null);
  return (
    <Page
      title="Reports"
      about={
        copy?.complete_at && (
          <span className="row">
            <span>From the copy of the store, current {format.ago(copy.complete_at)}.</span>
            <Link href="/app/stores">About the copy</Link>
          </span>
        )
      }
    >
      {(missing || running) && copy !== undefined && <MakeCopy what="Reports" />}
      <ul className={styles.reports}>
        {REPORTS.map((report) => (
          <li key={report.name}>
            <Link href={`/app/reports/${report.name}`} className={`card ${styles.report}`}>
              <ChartColumn aria-hidden />
              <span className="stack tight">
                <strong>{report.title}</strong>
                <span className="soft">{report.about}</span>
                <span className="small soft">{report.period === undefined ? "Now" : words(report.period)}</span>
              </span>
              <ChevronRight aria-hidden />
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}
