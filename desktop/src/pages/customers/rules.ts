import { words } from "../../ui/format";
import { CLASSES } from "./classes";

type Kind = "word" | "number" | "amount" | "day" | "list";

interface Attribute {
  text: string;
  kind: Kind;
  /** The values that it can have, where these are few. */
  values?: readonly (readonly [string, string])[];
}

const CONSENTS = [
  ["SUBSCRIBED", "Subscribed"],
  ["NOT_SUBSCRIBED", "Not subscribed"],
  ["UNSUBSCRIBED", "Unsubscribed"],
  ["PENDING", "Pending"],
] as const;
const SCORES = ["1", "2", "3", "4", "5"].map((score) => [score, score] as const);

/** What a rule can ask of a customer. docs/audiences.md defines each. */
export const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  rfm_class: { text: "Class", kind: "word", values: CLASSES },
  orders: { text: "Number of orders", kind: "number" },
  spent: { text: "Spent", kind: "amount" },
  average_order_value: { text: "Average order", kind: "amount" },
  days_since_last_order: { text: "Days since the last order", kind: "number" },
  last_order: { text: "Last order", kind: "day" },
  first_order: { text: "First order", kind: "day" },
  customer_since: { text: "Customer since", kind: "day" },
  country: { text: "Country code", kind: "word" },
  locale: { text: "Language", kind: "word" },
  email_consent: { text: "Marketing by e-mail", kind: "word", values: CONSENTS },
  sms_consent: { text: "Marketing by text", kind: "word", values: CONSENTS },
  tags: { text: "Tag", kind: "list" },
  skus: { text: "Bought the SKU", kind: "list" },
  discount_codes: { text: "Used the code", kind: "list" },
  recency_score: { text: "Recency score", kind: "number", values: SCORES },
};

const OPERATORS: Readonly<Record<Kind, readonly (readonly [string, string])[]>> = {
  word: [
    ["is", "is"],
    ["is_not", "is not"],
  ],
  number: [
    ["at_least", "at least"],
    ["at_most", "at most"],
    ["is", "is"],
    ["more_than", "more than"],
    ["less_than", "less than"],
  ],
  amount: [
    ["at_least", "at least"],
    ["at_most", "at most"],
    ["more_than", "more than"],
    ["less_than", "less than"],
  ],
  day: [
    ["since", "since"],
    ["until", "until"],
  ],
  list: [
    ["has", "has"],
    ["has_not", "has not"],
  ],
};

export interface Rule {
  attribute: string;
  operator: string;
  value: string;
  /** The rule as the interface told it, where it has no fields here: it stays as it is. */
  kept?: ToldRule;
}

/** A rule as the interface tells it. */
export interface ToldRule {
  attribute?: string;
  operator?: string;
  value?: string | null;
  values?: readonly string[] | null;
}

/** Return rules for the form. Several values, and what only the interface offers, have no fields. */
export function rulesOf(rules: readonly ToldRule[]): Rule[] {
  return rules.map((rule) => {
    const { attribute = "", operator = "", value, values } = rule;
    const only = value ?? (values?.length === 1 ? values[0] : undefined);
    const known = ATTRIBUTES[attribute];
    const offered =
      known !== undefined &&
      operatorsOf(attribute).some(([name]) => name === operator) &&
      (known.values === undefined || known.values.some(([name]) => name === only));
    return only === undefined || !offered
      ? { attribute, operator, value: "", kept: rule }
      : { attribute, operator, value: only };
  });
}

/** Return a rule as people say it, such as "Class is At risk or Can't lose". */
export function inWords({ attribute = "", operator = "", value, values }: ToldRule): string {
  const { text, values: named } = ATTRIBUTES[attribute] ?? { text: words(attribute) };
  if (operator === "known") {
    return value === "false" ? `${text} is not known` : `${text} is known`;
  }
  const all = (value == null ? (values ?? []) : [value]).map(
    (one) => named?.find(([name]) => name === one)?.[1] ?? one,
  );
  return `${text} ${operator.replaceAll("_", " ")} ${all.join(" or ")}`;
}

export function attributeOf(name: string): Attribute {
  return ATTRIBUTES[name] ?? { text: name, kind: "word" };
}

export function operatorsOf(name: string): readonly (readonly [string, string])[] {
  return OPERATORS[attributeOf(name).kind];
}

/** Return a new rule about an attribute, with its first operator and, where its values are few, the first of them. */
export function ruleAbout(attribute: string): Rule {
  return {
    attribute,
    operator: operatorsOf(attribute)[0]?.[0] ?? "is",
    value: attributeOf(attribute).values?.[0]?.[0] ?? "",
  };
}

/** Return the rules as the interface takes them: a decimal comma becomes a point, and blanks around are left out. */
export function wire(rules: readonly Rule[]): ToldRule[] {
  return rules.map(({ value, kept, ...rule }) => {
    if (kept !== undefined) {
      return Object.fromEntries(Object.entries(kept).filter(([, part]) => part !== null));
    }
    const text = value.trim();
    const { kind } = attributeOf(rule.attribute);
    return { ...rule, value: kind === "amount" ? text.replace(",", ".") : text };
  });
}
