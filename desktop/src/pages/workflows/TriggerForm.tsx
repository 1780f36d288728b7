import { useMemo } from "react";
import { useRead } from "../../app/reading";
import { Select, TextField, words } from "../../ui";
import type { Trigger } from "./definition";

type By = "event" | "every" | "cron" | "hand";

const BY = [
  ["event", "Something happens in the store"],
  ["every", "Again and again"],
  ["cron", "At fixed times"],
  ["hand", "Only by hand"],
] as const;

const FIRST: Record<By, Trigger | undefined> = {
  event: { key: "order_created" },
  every: { every: 3_600 },
  cron: { cron: "0 9 * * 1-5", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone },
  hand: undefined,
};

/** Choose what starts a workflow. */
export function TriggerForm({
  trigger,
  fault,
  onChange,
}: {
  trigger: Trigger | undefined;
  fault: string | undefined;
  onChange: (trigger: Trigger | undefined) => void;
}) {
  const { data } = useRead("atom_workflow_capabilities", {});
  const keys = useMemo(() => {
    const known = (data?.workflow_services ?? []).flatMap((service) => service.triggers);
    return [...new Set(trigger?.key === undefined ? known : [trigger.key, ...known])].sort();
  }, [data, trigger?.key]);
  const by: By = kindOf(trigger);
  return (
    <div className="grid">
      <Select
        label="It starts when"
        options={BY}
        value={by}
        onChange={(event) => onChange(FIRST[event.target.value as By])}
      />
      {by === "event" && (
        <Select
          label="Event"
          options={keys.map((key) => [key, words(key)] as const)}
          value={trigger?.key}
          fault={fault}
          onChange={(event) => onChange({ ...rest(trigger), key: event.target.value })}
        />
      )}
      {by === "every" && (
        <TextField
          label="Seconds between two runs"
          type="number"
          min={60}
          value={trigger?.every ?? ""}
          fault={fault}
          onChange={(event) => onChange({ ...trigger, every: Number(event.target.value) })}
        />
      )}
      {by === "cron" && (
        <>
          <TextField
            label="Times, as cron writes them"
            hint="Minute, hour, day, month, weekday: 0 9 * * 1-5 is 9:00 on weekdays."
            spellCheck={false}
            value={trigger?.cron ?? ""}
            fault={fault}
            onChange={(event) => onChange({ ...trigger, cron: event.target.value })}
          />
          <TextField
            label="Time zone"
            spellCheck={false}
            value={trigger?.timezone ?? ""}
            onChange={(event) => onChange({ ...trigger, timezone: event.target.value || undefined })}
          />
        </>
      )}
    </div>
  );
}

function kindOf(trigger: Trigger | undefined): By {
  return trigger?.key !== undefined
    ? "event"
    : trigger?.every !== undefined
      ? "every"
      : trigger?.cron !== undefined
        ? "cron"
        : "hand";
}

/** What stays of a trigger when its event changes: filters and parameters belong to the event. */
function rest(trigger: Trigger | undefined): Trigger {
  return trigger?.shop === undefined ? {} : { shop: trigger.shop };
}
