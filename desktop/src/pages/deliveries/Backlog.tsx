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
      title={check.message}
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
        {underWay === 0 ? "Nothing waits." : `${underWay} under way.`} {failed > 0 && `${failed} need attention.`} On
        this server, all stores together.
      </span>
    </Note>
  );
}
