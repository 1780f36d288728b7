import {
  type ColumnDef,
  createSortedRowModel,
  type RowData,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef } from "react";

const ROW = 44;
const VIRTUAL_FROM = 100;

/** A column: its heading, what a row shows there, and the value to sort by where sorting makes sense. */
export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** Present where the rows that are loaded may be sorted by this column. */
  sortBy?: (row: Row) => string | number;
  /** Numbers and money stand at the end. */
  end?: boolean;
  /** Long text, which may take several lines; all else stays on one. */
  wrap?: boolean;
  /** Left out on a narrow screen. */
  minor?: boolean;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

/**
 * A table of things. `label` names it; `rowKey` gives each row an identity; `onOpen` makes rows open something.
 * From 100 rows on only those in view are in the document, inside of a frame with a scrollbar of its own.
 */
export function DataTable<Row extends RowData>({
  label,
  columns,
  rows,
  rowKey,
  onOpen,
  onEnd,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** Called when the last row comes into view: the place to read the next page. */
  onEnd?: () => void;
}) {
  const defined = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, Row> => ({
          id: column.key,
          header: column.title,
          enableSorting: column.sortBy !== undefined,
          accessorFn: (row: Row) => column.sortBy?.(row) ?? "",
        }),
      ),
    [columns],
  );
  const byKey = useMemo(() => new Map(columns.map((column) => [column.key, column])), [columns]);
  const table = useTable({ features, columns: defined, data: rows as Row[], getRowId: rowKey });
  const sorted = table.getRowModel().rows;
  const frame = useRef<HTMLElement>(null);
  const virtual = sorted.length >= VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: sorted.length,
    enabled: virtual,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
    onChange: (instance) => {
      const last = instance.getVirtualItems().at(-1);
      if (last !== undefined && last.index >= sorted.length - 1) {
        onEnd?.();
      }
    },
  });
  const shown = virtual ? virtualizer.getVirtualItems().map((item) => item.index) : sorted.map((_, index) => index);
  const before = virtual ? (virtualizer.getVirtualItems()[0]?.start ?? 0) : 0;
  const after = virtual ? virtualizer.getTotalSize() - (virtualizer.getVirtualItems().at(-1)?.end ?? 0) : 0;
  return (
    <section
      ref={frame}
      className="table-frame"
      aria-label={label}
      style={virtual ? { maxHeight: "70dvh" } : undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls has to be reached by the keyboard
      tabIndex={0}
    >
      <table className="table" aria-rowcount={sorted.length}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const column = byKey.get(header.column.id);
                const direction = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    scope="col"
                    className={look(column)}
                    aria-sort={direction === "asc" ? "ascending" : direction === "desc" ? "descending" : undefined}
                  >
                    {column?.sortBy === undefined ? (
                      column?.title
                    ) : (
                      <button type="button" onClick={header.column.getToggleSortingHandler()}>
                        {column.title} {direction === "asc" ? "↑" : direction === "desc" ? "↓" : ""}
                      </button>
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {before > 0 && <Pad height={before} columns={columns.length} />}
          {shown.map((index) => {
            const row = sorted[index];
            return row === undefined ? null : (
              <tr
                key={row.id}
                aria-rowindex={index + 1}
                className={onOpen === undefined ? undefined : "opens"}
                onClick={(event) => {
                  if (
                    onOpen !== undefined &&
                    !(event.target as HTMLElement).closest("a, button, input, select, label")
                  ) {
                    onOpen(row.original);
                  }
                }}
              >
                {columns.map((column) => (
                  <td key={column.key} className={look(column)}>
                    {column.cell(row.original)}
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 && <Pad height={after} columns={columns.length} />}
        </tbody>
      </table>
    </section>
  );
}

function look(column: Pick<Column<never>, "end" | "wrap" | "minor"> | undefined): string | undefined {
  const names = [column?.end && "end", column?.wrap && "wrap", column?.minor && "minor"].filter(Boolean).join(" ");
  return names === "" ? undefined : names;
}

function Pad({ height, columns }: { height: number; columns: number }) {
  return (
    <tr className="pad" aria-hidden>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
