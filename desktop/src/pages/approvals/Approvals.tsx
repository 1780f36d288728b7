import { Bell } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { Changes, useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { type Store, useStore } from "../../app/stores";
import type { Data } from "../../client/types";
import { Card, Empty, Loading, Note, Page } from "../../ui";
import { Question } from "./Question";
import { StoreQuestion } from "./StoreQuestion";

type Approval = Data<"atom_approvals">["approvals"][number];

const EVERY = 15_000;

export default function Approvals() {
  const { stores } = useStore();
  // How many calls wait in each store: "nothing waits" is said once, for everything together.
  const [waiting, setWaiting] = useState<Record<string, number>>({});
  const { data, error, isPending, refetch } = useRead("atom_approvals", {}, { every: EVERY });
  // The navigation counts what waits, from time to time: what it has read may be older than the question.
  useEffect(() => {
    refetch();
  }, [refetch]);
  const approvals = data?.approvals ?? [];
  const nothing =
    data !== undefined && approvals.length === 0 && stores.every((store) => (waiting[store.shop] ?? 0) === 0);
  return (
    <Page title="Approvals" about="What waits for your yes.">
      {isPending && (
        <Card>
          <Loading lines={4} label="Loading what waits" />
        </Card>
      )}
      {error !== null && data === undefined && <ErrorNote error={error} onRetry={refetch} />}
      {approvals.map((approval) => (
        <OfWorkflow key={approval.id} approval={approval} />
      ))}
      {stores.map((store) => (
        <OfStore
          key={store.shop}
          store={store}
          onCount={(count) => setWaiting((all) => (all[store.shop] === count ? all : { ...all, [store.shop]: count }))}
        />
      ))}
      {nothing && (
        <Card>
          <Empty icon={Bell} title="Nothing waits for you">
            A workflow asks here before it does what can't be taken back, and so does whoever goes beyond a limit of a
            store.
          </Empty>
        </Card>
      )}
    </Page>
  );
}

interface Details {
  message?: string;
  preview?: { preview?: Told } & Told;
}

interface Told {
  changes?: { field: string; before?: unknown; after?: unknown }[];
}

function OfWorkflow({ approval }: { approval: Approval }) {
  const { make } = useChanging();
  const details = approval.details as Details | null;
  const preview = details?.preview?.preview ?? details?.preview;
  const failed = approval.notices.filter((notice) => notice.state === "failed");
  return (
    <Question
      title={approval.question}
      asked={approval.created_at}
      until={approval.expires_at}
      waits={approval.state === "waiting"}
      about={
        <>
          {approval.workflow_id === null ? (
            (approval.workflow_name ?? "A workflow")
          ) : (
            <Link href={`/app/workflows/${encodeURIComponent(approval.workflow_id)}/runs?run=${approval.run_id}`}>
              {approval.workflow_name ?? "A workflow"}
            </Link>
          )}
          , step {approval.step_id}
        </>
      }
      decide={(approve) =>
        make(
          "atom_approval_decide",
          { approval_id: approval.id, approve },
          approve ? "Approved: the workflow goes on." : "Declined: the step is not carried out.",
        )
      }
    >
      {Array.isArray(preview?.changes) && <Changes changes={preview.changes} />}
      {failed.map((notice) => (
        <Note key={notice.to} tone="warn">
          {notice.to} could not be told of this.
        </Note>
      ))}
    </Question>
  );
}

function OfStore({ store, onCount }: { store: Store; onCount: (count: number) => void }) {
  const { data, error } = useRead("approvals", { shop: store.shop }, { every: EVERY });
  const items = data?.items ?? [];
  const count = data === undefined ? undefined : items.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new count is told
  useEffect(() => {
    if (count !== undefined) {
      onCount(count);
    }
  }, [count]);
  // Who doesn't own a store is not asked for its approvals, and need not hear of that.
  if (error !== null && data === undefined && error.error.status !== 403) {
    return <ErrorNote error={error} />;
  }
  return items.map((approval) => <StoreQuestion key={approval.id} approval={approval} store={store} />);
}
