import type { RowData } from "@tanstack/react-table";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button, Card, type Column, DataTable, Empty, Loading } from "../ui";
import { ErrorNote } from "./ErrorNote";

interface Listed<Row> {
  items: Row[];
  isPending: boolean;
  error: Error | null;
  refetch: () => void;
  hasMore: boolean;
  more: () => void;
  loadingMore: boolean;
}

/** A card with a table of what `useList` reads: while it is read, where it fails, where it is empty, and page by page. */
export function ListCard<Row extends RowData>({
  label,
  title,
  actions,
  list,
  columns,
  rowKey,
  onOpen,
  empty,
}: {
  label: string;
  title?: ReactNode;
  actions?: ReactNode;
  list: Listed<Row>;
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  empty: { icon: LucideIcon; title: string; about?: ReactNode; action?: ReactNode };
}) {
  if (list.error !== null && list.items.length === 0) {
    return <ErrorNote error={list.error} onRetry={list.refetch} />;
  }
  return (
    <Card title={title} actions={actions} flush={!list.isPending}>
      {list.isPending ? (
        <Loading lines={8} label={`Loading ${label.toLowerCase()}`} />
      ) : list.items.length === 0 ? (
        <Empty icon={empty.icon} title={empty.title} action={empty.action}>
          {empty.about}
        </Empty>
      ) : (
        <>
          <DataTable
            label={label}
            columns={columns}
            rows={list.items}
            rowKey={rowKey}
            onOpen={onOpen}
            onEnd={list.more}
          />
          {list.hasMore && (
            <div className="row" style={{ justifyContent: "center", padding: "var(--space-3)" }}>
              <Button onClick={list.more} busy={list.loadingMore}>
                Show more
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}
