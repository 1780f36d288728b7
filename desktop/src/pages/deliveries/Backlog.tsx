import { useRead } from "../../app/reading";
import { Button, Note } from "../../ui";

const EVERY = 30_000;

/** How the work in the background gets on, in the words of the health report; nothing where that can't be read. */
export function Backlog({ onShow }: { onShow?: () => void }) {
  const { data } = useRead("health_summary", {}, { every: EVERY });
  const check = data?.components.overall.checks.jobs;
  if (check === undefined) {
    return null;
  }
  const figures = check.data as { pending?: number; running?: number; dead?: number; quarantined?: number };
  const failed = (figures.dead ?? 0) + (figures.quarantined ?? 0);
  const underWay = (figures.pending ?? 0) + (figures.running ?? 0);
  return (
    <Note
      tone={check.status === "healthy" ? "good" : check.status === "degraded" ? "warn" : "bad"}
      // The report names commands for an operator; here are buttons.
      title={failed > 0 ? `${failed} could not be done` : check.message}
      action={
        failed > 0 &&
        onShow && (
          <Button small onClick={onShow}>
            Show what needs attention
          </Button>
        )
      }
    >
      <span className="soft">
        {underWay === 0 ? "Nothing waits." : `${underWay} under way.`} These are the jobs of all stores on this server.
      </span>
    </Note>
  );
}
