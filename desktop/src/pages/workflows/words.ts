import { TITLES } from "../../client/titles";
import { words } from "../../ui";
import type { Definition, Step, Trigger } from "./definition";

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];
const WEEKDAYS = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];
const COMPARED: Record<string, string> = {
  ">=": "is at least",
  "<=": "is at most",
  ">": "is more than",
  "<": "is less than",
  "==": "is",
  "!=": "is not",
};
const COMPARISON = /^([\w.]+) (>=|<=|>|<|==|!=) ([\w.]+|'[^']*'|"[^"]*")$/;
const GUARD = /^([\w.]+) is (mapping|number|numeric|string|defined|not none)$/;
const TEMPLATE = /\{\{\s*variables\.(\w+)\s*\}\}/g;
const SPOKEN = /\{\{\s*([\w.]+)\s*\}\}/g;

/** Return seconds as "5 minutes". */
export function duration(seconds: number): string {
  for (const [length, name] of UNITS) {
    if (seconds >= length && seconds % length === 0) {
      const count = seconds / length;
      return `${count} ${name}${count === 1 ? "" : "s"}`;
    }
  }
  return `${seconds} seconds`;
}

/** Return what starts a workflow, such as "Order paid" or "Every day at 09:00 (Europe/Berlin)". */
export function startedBy(trigger: Trigger | undefined): string {
  if (trigger?.key !== undefined) {
    return `${words(trigger.key)}${trigger.shop ? ` in ${trigger.shop}` : ""}`;
  }
  if (trigger?.every !== undefined) {
    return `Every ${duration(trigger.every).replace(/^1 /, "")}`;
  }
  return trigger?.cron === undefined ? "Started by hand" : scheduled(trigger.cron, trigger.timezone);
}

function scheduled(cron: string, timezone: string | undefined): string {
  const zone = timezone ? ` (${timezone})` : "";
  const [, minute, hour, weekday] = /^(\d{1,2}) (\d{1,2}) \* \* (\*|1-5|[0-7])$/.exec(cron.trim()) ?? [];
  if (minute === undefined || hour === undefined || weekday === undefined) {
    return `At the times ${cron}${zone}`;
  }
  const days = weekday === "*" ? "Every day" : weekday === "1-5" ? "On weekdays" : `On ${WEEKDAYS[Number(weekday)]}`;
  return `${days} at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}${zone}`;
}

/**
 * Return a condition as a sentence, with the values of variables in their place; null where it can't be said simply.
 * What only guards against a missing member, such as `trigger.total is number`, goes without saying beside its use.
 */
export function conditionInWords(condition: string, variables: Record<string, unknown> = {}): string | null {
  const parts = condition.split(" and ").map((part) => part.trim());
  const compared = parts.filter((part) => COMPARISON.test(part));
  const said: string[] = [];
  for (const part of parts) {
    const comparison = COMPARISON.exec(part);
    const guard = GUARD.exec(part);
    if (comparison !== null) {
      const [, thing = "", sign = "", other = ""] = comparison;
      said.push(`${name(thing, variables)} ${COMPARED[sign]} ${name(other, variables)}`);
    } else if (guard !== null) {
      const thing = guard[1] ?? "";
      const used = [...compared, ...parts.filter((one) => one !== part && GUARD.test(one))];
      if (!used.some((one) => one.startsWith(thing) && one !== part)) {
        const what = name(thing, variables);
        said.push(`there is ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}`);
      }
    } else if (/^[\w.]+$/.test(part)) {
      said.push(`${name(part, variables)} is true`);
    } else {
      return null;
    }
  }
  const sentence = said.join(" and ");
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

const RULES: Record<string, string> = {
  eq: "is",
  ne: "is not",
  gt: "is more than",
  gte: "is at least",
  lt: "is less than",
  lte: "is at most",
  contains: "contains",
  not_contains: "does not contain",
};

/**
 * Return which events a trigger's `when` lets through, with the values of variables in their place; null where that can't be
 * said simply.
 */
export function whenInWords(when: unknown, variables: Record<string, unknown> = {}): string | null {
  if (typeof when !== "object" || when === null || Array.isArray(when)) {
    return null;
  }
  const said: string[] = [];
  for (const [path, rule] of Object.entries(when)) {
    const rules = typeof rule === "object" && rule !== null ? Object.entries(rule) : [["eq", rule] as const];
    for (const [operator, value] of rules) {
      const compared = RULES[operator];
      if (compared === undefined || typeof value === "object" || !/^[\w.]+$/.test(path)) {
        return null;
      }
      said.push(`${name(path, variables)} ${compared} ${filledIn(String(value), variables)}`);
    }
  }
  const sentence = said.join(" and ");
  return sentence === "" ? null : sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function name(thing: string, variables: Record<string, unknown>): string {
  if (/^['"]/.test(thing)) {
    return `“${thing.slice(1, -1)}”`;
  }
  if (thing.startsWith("variables.")) {
    const value = variables[thing.slice("variables.".length)];
    return value === undefined ? thing : String(value);
  }
  // "trigger.total_price.shop_money.amount" is the total price.
  return thing
    .replace(/^(trigger|event|input)\./, "")
    .replace(/\.shop_money\.amount$/, "")
    .replace(/[._]/g, " ");
}

/** Return a text with the values of variables in their place, and what an event fills in between angle quotes. */
export function filledIn(text: string, variables: Record<string, unknown> = {}): string {
  return text
    .replace(TEMPLATE, (whole, key: string) => (variables[key] === undefined ? whole : String(variables[key])))
    .replace(SPOKEN, (_, thing: string) => `‹${name(thing, variables)}›`);
}

/** Return what a step does, as one short sentence. */
export function stepInWords(step: Step, definition: Definition): string {
  const variables = definition.variables;
  const said = (text: unknown) => filledIn(typeof text === "string" ? text : "", variables);
  switch (step.type) {
    case "service_action":
      return step.name ?? TITLES[step.action ?? ""] ?? words(step.action);
    case "condition":
      return `Go on only if: ${lowered(conditionInWords(step.condition ?? "", variables) ?? step.condition ?? "")}`;
    case "delay":
      return `Wait ${duration(step.delay_seconds ?? 0)}`;
    case "approval":
      return step.message ? `Ask: “${said(step.message)}”` : "Ask for a yes";
    case "notify":
      return `Tell ${said(step.to) || "default"}: “${said(step.title ?? step.message)}”`;
    case "webhook":
      return `Send a request to ${said(step.url)}`;
    case "data_transform":
      return `${words(step.transform_type) || "Take"} a list`;
    default:
      return words(step.type);
  }
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const RUN_STATES: Record<string, string> = {
  pending: "Waits for its turn",
  running: "Running",
  waiting: "Waiting",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

export function runState(state: string): string {
  return RUN_STATES[state] ?? words(state);
}

const WOULD: Record<string, string> = {
  run: "Would run",
  skip: "Would be skipped",
  wait: "Would wait",
  ask: "Would ask",
  go_on: "Would go on",
  end: "Would end here",
  fail: "Would fail",
  unknown: "Needs a real run",
  not_reached: "Not reached",
};

export function wouldInWords(would: string): string {
  return WOULD[would] ?? words(would);
}
