import { expect, test } from "vitest";
import { underway } from "../../src/app/underway";

const operation = {
  id: "1",
  action: "order_cancel",
  state: "running",
  progress: { done: null, total: null, message: "" },
};

test("an operation that goes on is not done; one that ended, and any other answer, is", () => {
  expect(underway({ ...operation, done: false })).toBe(true);
  expect(underway({ ...operation, done: true, state: "succeeded" })).toBe(false);
  expect(underway({ order: { id: "1" }, job: { id: "2", done: false } })).toBe(false);
  expect(underway(null)).toBe(false);
});
