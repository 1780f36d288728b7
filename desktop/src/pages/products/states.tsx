import { Badge, type Tone, words } from "../../ui";

const TONES: Record<string, Tone> = { ACTIVE: "good", DRAFT: "accent", UNLISTED: "warn" };

export const STATUSES = [
  ["ACTIVE", "Active"],
  ["DRAFT", "Draft"],
  ["UNLISTED", "Unlisted"],
  ["ARCHIVED", "Archived"],
] as const;

/** Whether a product is for sale. */
export function ProductState({ state }: { state: string }) {
  return <Badge tone={TONES[state]}>{words(state)}</Badge>;
}

/** How much of something is left; what is out or low stands out. */
export function Left({ units, shown }: { units: number; shown: string }) {
  if (units <= 0) {
    return <Badge tone="bad">{units < 0 ? `${shown}, oversold` : "Out of stock"}</Badge>;
  }
  return units <= LOW ? <Badge tone="warn">{shown} left</Badge> : shown;
}

export const LOW = 5;
