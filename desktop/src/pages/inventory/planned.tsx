import type { ReactNode } from "react";
import { Link } from "wouter";
import { NeedsCopy } from "../../app/storeCopy";
import { useFormats } from "../../app/stores";
import type { ClientError } from "../../client/client";
import { Card, Loading } from "../../ui";

/** Read a number of days that a person typed; what can't be one is left out, so that the usual one counts. */
export function daysIn(text: string | undefined, most = 365): { days: number | undefined; fault: string | undefined } {
  if (text === undefined || text.trim() === "") {
    return { days: undefined, fault: undefined };
  }
  const days = Number(text);
  return /^\d{1,3}$/.test(text.trim()) && days <= most
    ? { days, fault: undefined }
    : { days: undefined, fault: `Enter days from 0 to ${most}.` };
}

/** What is computed from the copy of the store: while it is read, where it fails or lacks its copy, and as of when. */
export function Planned<T extends { as_of: string; assumes?: string[] }>({
  what,
  query,
  children,
}: {
  /** What comes from the copy, in the plural, such as "Reorder quantities". */
  what: string;
  query: { data: T | undefined; error: ClientError | null; refetch: () => void };
  children: (data: T) => ReactNode;
}) {
  const format = useFormats();
  const { data, error, refetch } = query;
  if (error !== null) {
    return <NeedsCopy what={what} error={error} onRetry={refetch} />;
  }
  if (data === undefined) {
    return (
      <Card>
        <Loading lines={8} label={`Loading ${what.toLowerCase()}`} />
      </Card>
    );
  }
  return (
    <>
      {children(data)}
      <p className="small soft">
        As of {format.time(data.as_of)}. {data.assumes?.join(" ")}
      </p>
    </>
  );
}

/** A link to the product of a variant, with its SKU below. */
export function ItemLink({ row }: { row: { product_id: string; title: string; sku: string | null } }) {
  return (
    <>
      <Link href={`/app/products/${row.product_id.replace(/^.*\//, "")}`}>{row.title}</Link>
      {row.sku && (
        <>
          <br />
          <span className="small soft">{row.sku}</span>
        </>
      )}
    </>
  );
}
