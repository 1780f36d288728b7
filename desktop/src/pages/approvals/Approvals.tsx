import { Bell } from "lucide-react";
import { useEffect } from "react";
import { Link } from "wouter";
import { Changes, useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { queries } from "../../app/queries";
import { type OfStore, useWaiting } from "../../app/waiting";
import type { Data } from "../../client/types";
import { Card, Empty, Loading, Note, Page } from "../../ui";
import { Question } from "./Question";
import { StoreQuestion } from "./StoreQuestion";

type Approval = Data<"atom_approvals">["approvals"][number];

const EVERY = 15_000;

export default function Approvals() {
  const { workflows, ofStores, count, known } = useWaiting(EVERY);
  // The navigation counts what waits, from time to time: what it has read may be older than the question.
  useEffect(() => {
    queries.invalidateQueries({
      predicate: ({ queryKey: [name] }) => name === "atom_approvals" || name === "approvals",
    });
  }, []);
  const { data, error, isPending, refetch } = workflows;
  return (
    <Page title="Approvals" about="What waits for your yes.">
      {isPending && (
        <Card>
          <Loading lines={4} label="Loading what waits" />
        </Card>
      )}
      {error !== null && data === undefined && <ErrorNote error={error} onRetry={refetch} />}
      {data?.approvals.map((approval) => (
        <OfWorkflow key={approval.id} approval={approval} />
      ))}
      {ofStores.map((one) => (
        <InStore key={one.store.shop} of={one} />
      ))}
      {known && count === 0 && (
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

function InStore({ of: { store, query } }: { of: OfStore }) {
  if (query.error !== null && query.data === undefined) {
    return <ErrorNote error={query.error} onRetry={query.refetch} />;
  }
  return query.data?.items.map((approval) => <StoreQuestion key={approval.id} approval={approval} store={store} />);
}
