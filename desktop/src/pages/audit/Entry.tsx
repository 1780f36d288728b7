import { type ReactNode, useState } from "react";
import { Link, useParams } from "wouter";
import { Changes } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import { Button, Card, Code, Loading, Note, Page } from "../../ui";
import styles from "./audit.module.css";
import { differences } from "./differences";
import { Outcome, type Entry as Row, targetOf, titleOf, wayOf } from "./outcome";
import { UndoDialog } from "./UndoDialog";

export default function Entry() {
  const { id = "" } = useParams<{ id: string }>();
  const { data: entry, error, refetch } = useRead("audit_entry", { entry_id: decodeURIComponent(id) });
  const [undoing, setUndoing] = useState(false);
  if (entry === undefined) {
    return (
      <Page title="Change">
        {error !== null ? (
          <ErrorNote error={error} onRetry={refetch} />
        ) : (
          <Loading lines={6} label="Loading the change" />
        )}
      </Page>
    );
  }
  const canUndo = entry.undo !== null && entry.undone_by === null && entry.outcome === "ok";
  return (
    <Page
      title={titleOf(entry)}
      about={targetOf(entry)}
      actions={
        <>
          <Link href="/app/audit" className="button">
            All changes
          </Link>
          {canUndo && (
            <Button look="primary" onClick={() => setUndoing(true)}>
              Undo
            </Button>
          )}
        </>
      }
    >
      <Facts entry={entry} />
      <Values entry={entry} />
      {undoing && <UndoDialog entry={entry} onClose={() => setUndoing(false)} />}
    </Page>
  );
}

function Facts({ entry }: { entry: Row }) {
  const format = useFormats();
  const facts: [string, ReactNode][] = [
    ["Outcome", <Outcome key="outcome" entry={entry} />],
    ["Proof", proofOf(entry)],
    ["By", `${entry.subject} · ${wayOf(entry.via)}`],
    ["When", format.time(entry.at)],
    ["Took", `${format.number(Math.round(entry.seconds * 100) / 100)} s`],
    ["Store", entry.shop ?? "–"],
    ["Thing", entry.target === null ? "–" : <code key="target">{entry.target}</code>],
  ];
  if (entry.undoes !== null) {
    facts.push([
      "Undoes",
      <Link key="undoes" href={`/app/audit/${entry.undoes}`}>
        an earlier change
      </Link>,
    ]);
  }
  if (entry.undone_by !== null) {
    facts.push([
      "Undone by",
      <Link key="undone" href={`/app/audit/${entry.undone_by}`}>
        a later change
      </Link>,
    ]);
  }
  if (entry.request_id !== null) {
    facts.push(["Request", <code key="request">{entry.request_id}</code>]);
  }
  return (
    <Card title="What happened">
      <dl className="facts">
        {facts.map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={styles.value}>{children}</dd>
    </>
  );
}

function proofOf(entry: Row): string {
  if (entry.outcome !== "ok") {
    return "None";
  }
  return entry.verified === null
    ? "It could not be read back"
    : entry.verified
      ? "Read back from Shopify: it is as asked"
      : "Read back from Shopify: it is not as asked";
}

function Values({ entry }: { entry: Row }) {
  const changed = differences(entry.before, entry.after);
  return (
    <>
      {entry.before !== null && entry.after !== null && (
        <Card title="Before and after">
          {changed.length > 0 ? (
            <Changes changes={changed} />
          ) : (
            <p className="soft">Nothing that was read before and after it differs.</p>
          )}
        </Card>
      )}
      {entry.input === null && <Note>What was sent is not kept any more, or was erased.</Note>}
      <Card title="In full">
        <div className="stack">
          {entry.input != null && <Code title="What was asked for" value={entry.input} open />}
          {entry.before != null && <Code title="Before" value={entry.before} />}
          {entry.after != null && <Code title="After" value={entry.after} />}
        </div>
      </Card>
    </>
  );
}
