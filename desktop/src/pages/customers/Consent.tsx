import { Badge, type Tone, words } from "../../ui";

const TONES: Record<string, Tone> = { SUBSCRIBED: "good", PENDING: "warn" };

/** Whether a customer agreed to marketing. */
export function Consent({ state }: { state: string | null | undefined }) {
  return <Badge tone={TONES[state ?? ""]}>{state ? words(state) : "Not subscribed"}</Badge>;
}
