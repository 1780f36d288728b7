import { Badge, type Tone } from "../../ui";
import { runState } from "./words";

const TONES: Record<string, Tone> = {
  completed: "good",
  failed: "bad",
  waiting: "accent",
  running: "accent",
  pending: "accent",
};

/** How a run or a step of it stands. */
export function RunState({ state }: { state: string }) {
  return <Badge tone={TONES[state]}>{runState(state)}</Badge>;
}
