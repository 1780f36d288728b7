/** The classes of customers by recency, frequency and money, as `audience_rfm` names them. */
export const CLASSES = [
  ["champions", "Champions"],
  ["loyal", "Loyal"],
  ["potential_loyalists", "Potential loyalists"],
  ["needs_attention", "Need attention"],
  ["about_to_sleep", "About to sleep"],
  ["cannot_lose", "Can't lose"],
  ["at_risk", "At risk"],
  ["hibernating", "Hibernating"],
  ["new", "New customers"],
  ["promising", "Promising"],
  ["one_time", "One-time buyers"],
  ["lost", "Lost"],
] as const;
