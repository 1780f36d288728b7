import { Badge, type Tone, words } from "../../ui";

const TONES: Record<string, Tone> = {
  PAID: "good",
  FULFILLED: "good",
  PARTIALLY_PAID: "warn",
  PENDING: "warn",
  AUTHORIZED: "warn",
  UNFULFILLED: "warn",
  PARTIALLY_FULFILLED: "warn",
  ON_HOLD: "warn",
  EXPIRED: "bad",
};

/** How an order is paid or delivered. */
export function OrderState({ state }: { state: string | null | undefined }) {
  return state ? <Badge tone={TONES[state]}>{words(state)}</Badge> : null;
}
