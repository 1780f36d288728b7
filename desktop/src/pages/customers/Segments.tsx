import { Plus, Users } from "lucide-react";
import { useState } from "react";
import { ErrorNote } from "../../app/ErrorNote";
import { useFilters } from "../../app/filters";
import { useRead } from "../../app/reading";
import { lacksOrders, MakeCopy, useCopy } from "../../app/storeCopy";
import { useFormats, useStore } from "../../app/stores";
import type { Data } from "../../client/types";
import { Button, Card, type Column, DataTable, Empty, Loading, Page, Tabs, words } from "../../ui";
import { AudienceForm } from "./AudienceForm";
import { Audiences } from "./Audiences";
import { TABS } from "./Customers";
import styles from "./customer.module.css";
import { AudienceMembers, ClassMembers } from "./Members";

type Class = Data<"audience_rfm">["classes"][number];

export default function Segments() {
  const [filters, setFilter] = useFilters();
  const [creating, setCreating] = useState(false);
  const missing = lacksOrders(useCopy().copy);
  return (
    <Page
      title="Segments"
      actions={
        !missing && (
          <Button look="primary" onClick={() => setCreating(true)}>
            <Plus aria-hidden />
            New audience
          </Button>
        )
      }
    >
      <Tabs label="Customers" tabs={TABS} />
      {missing ? (
        <MakeCopy what="Classes and audiences" />
      ) : (
        <>
          <Audiences open={filters.audience} setOpen={(id) => setFilter("audience", id)} />
          {filters.audience && <AudienceMembers audience={filters.audience} />}
          <Classes open={filters.class} setOpen={(name) => setFilter("class", name)} />
          {filters.class && <ClassMembers name={filters.class} />}
        </>
      )}
      {creating && <AudienceForm onClose={() => setCreating(false)} onSaved={(id) => setFilter("audience", id)} />}
    </Page>
  );
}

export interface Opening {
  open: string | undefined;
  setOpen: (key: string) => void;
}

/** The classes of customers, what each means, and what it is worth. */
function Classes({ open, setOpen }: Opening) {
  const { store } = useStore();
  const format = useFormats();
  const { data, error, isPending, refetch } = useRead("audience_rfm", {}, { enabled: store !== undefined });
  const share = (percent: string | null) =>
    percent === null ? null : <span className="soft"> · {format.share(percent)}</span>;
  const columns: Column<Class>[] = [
    {
      key: "title",
      title: "Class",
      wrap: true,
      cell: (row) => (
        <>
          <button
            type="button"
            className={styles.link}
            aria-expanded={open === row.rfm_class}
            onClick={() => setOpen(open === row.rfm_class ? "" : row.rfm_class)}
          >
            {row.title}
          </button>
          <div className="small soft">{words(row.meaning)}.</div>
        </>
      ),
    },
    {
      key: "customers",
      title: "Customers",
      end: true,
      sortBy: (row) => row.customers,
      cell: (row) => (
        <>
          {format.number(row.customers)}
          {share(row.customers_percent)}
        </>
      ),
    },
    {
      key: "sales",
      title: "Net sales",
      end: true,
      minor: true,
      sortBy: (row) => Number(row.net_sales),
      cell: (row) => (
        <>
          {format.money(row.net_sales, data?.currency ?? format.currency)}
          {share(row.net_sales_percent)}
        </>
      ),
    },
    {
      key: "each",
      title: "Per customer",
      end: true,
      minor: true,
      sortBy: (row) => Number(row.net_sales_per_customer ?? 0),
      cell: (row) => format.money(row.net_sales_per_customer, data?.currency ?? format.currency),
    },
  ];
  if (error !== null && data === undefined) {
    return <ErrorNote error={error} onRetry={refetch} />;
  }
  return (
    <Card title="Classes by how recently, how often and for how much they bought" flush={!isPending}>
      {isPending ? (
        <Loading lines={8} label="Loading the classes" />
      ) : (
        <DataTable label="Classes" columns={columns} rows={data?.classes ?? []} rowKey={(row) => row.rfm_class} />
      )}
      {data?.classes.length === 0 && (
        <Empty icon={Users} title="No classes yet">
          Classes need at least five customers with an order.
        </Empty>
      )}
    </Card>
  );
}
