import type { LucideIcon } from "lucide-react";
import { type ComponentType, type CSSProperties, type ReactNode, useDeferredValue, useMemo } from "react";
import { useLocation } from "wouter";
import type { Input, Item, OperationName } from "../client/types";
import { Button, type Column, Page } from "../ui";
import type { Formats } from "../ui/format";
import { type Csv, CsvButton } from "./CsvButton";
import { type Filter, FilterFields, isNarrowed } from "./FilterFields";
import { useFilters } from "./filters";
import { ListCard } from "./ListCard";
import { useList } from "./reading";
import { useFormats } from "./stores";

type Row<K extends OperationName> = Item<K> & { id: string };

/** A page that is a list: what is read, by which filters, what a row shows, where it leads and what can be done with it. */
export interface ListOf<K extends OperationName> {
  title: string;
  about?: string;
  /** The operation that lists, and its input for filters as they are. */
  read: K;
  input: (filters: Readonly<Record<string, string>>) => Partial<Record<keyof Input<K>, unknown>>;
  /** Milliseconds after which the list is read again, where no event of the store tells that it changed. */
  every?: number;
  filters: readonly Filter[];
  /** The width of a filter, where a page has many of them. */
  filterWidth?: string;
  columns: (format: Formats) => readonly Column<Row<K>>[];
  href?: (row: Row<K>) => string;
  /** What can be done with a row, at its end. */
  Actions?: ComponentType<{ row: Row<K> }>;
  csv?: Csv<Item<K>>;
  /** Said where nothing is there at all, and where the filters leave nothing. */
  empty: { icon: LucideIcon; title: string; about: string; action?: ReactNode };
  none: { title: string; about?: string };
}

/** Show a list page as it is declared. `actions` go beside the title, `children` above the filters. */
export function ListPage<K extends OperationName>({
  of,
  actions,
  children,
}: {
  of: ListOf<K>;
  actions?: ReactNode;
  children?: ReactNode;
}) {
  const [filters, setFilter, clear] = useFilters();
  const [, go] = useLocation();
  const format = useFormats();
  const input = of.input(useDeferredValue(filters)) as Input<K>;
  const list = useList(of.read, input, { every: of.every });
  const columns = useMemo((): readonly Column<Row<K>>[] => {
    const { Actions } = of;
    const shown = of.columns(format);
    return Actions === undefined
      ? shown
      : [...shown, { key: "do", title: "", end: true, cell: (row) => <Actions row={row} /> }];
  }, [of, format]);
  const { href } = of;
  const narrowed = isNarrowed(of.filters, filters);
  return (
    <Page
      title={of.title}
      about={of.about}
      actions={
        (actions || of.csv) && (
          <>
            {of.csv && <CsvButton name={of.read} input={input} csv={of.csv} />}
            {actions}
          </>
        )
      }
    >
      {children}
      <div className="filters" style={of.filterWidth ? ({ "--filter": of.filterWidth } as CSSProperties) : undefined}>
        <FilterFields filters={of.filters} values={filters} onChange={setFilter} />
      </div>
      <ListCard
        label={of.title}
        list={list as typeof list & { items: Row<K>[] }}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={href && ((row) => go(href(row)))}
        empty={
          narrowed
            ? { icon: of.empty.icon, ...of.none, action: <Button onClick={clear}>Clear the filters</Button> }
            : of.empty
        }
      />
    </Page>
  );
}
