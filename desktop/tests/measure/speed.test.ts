import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { useBrowser } from "../browser/browser";
import { openManyOrders } from "../browser/many";

// `npm run measure`: figures of this machine at this moment, so that they are no part of the tests. See docs/dashboard.md.

const open = useBrowser();
const LOADS = 7;
const PAINTED = 1_000; // milliseconds from the request of the page
const FRAME = 50; // milliseconds
const SCROLLED = 240; // frames
const STEP = 1_500; // pixels a frame: 34 rows

declare global {
  interface Window {
    stood?: number;
  }
}

interface Painted {
  first: number;
  figures: number;
  work: number;
}

test("the overview is painted, and its figures stand, within a second", async () => {
  await overview(); // the first one warms the server's caches
  const loads: Painted[] = [];
  for (let load = 0; load < LOADS; load += 1) {
    loads.push(await overview());
  }
  const first = middle(loads.map((one) => one.first));
  const figures = middle(loads.map((one) => one.figures));
  const work = middle(loads.map((one) => one.work));
  say(
    "overview: first paint after",
    `${first} ms, figures after ${figures} ms, ${work} ms of a processor in the page (medians of ${LOADS} loads)`,
  );
  expect(first).toBeLessThan(PAINTED);
  expect(figures).toBeLessThan(PAINTED);
});

test("10,000 orders scroll without a frame that takes long", async () => {
  const page = await open("/app/nowhere");
  const frame = await openManyOrders(page, 10_000);
  const worked = await countWork(page);
  const times = await frame.evaluate(
    (element, [frames, step]) =>
      new Promise<number[]>((done) => {
        const taken: number[] = [];
        let before = performance.now();
        function next(now: number) {
          taken.push(now - before);
          before = now;
          element.scrollTop += step;
          if (taken.length < frames) {
            requestAnimationFrame(next);
          } else {
            done(taken.slice(1));
          }
        }
        requestAnimationFrame(next);
      }),
    [SCROLLED, STEP] as const,
  );
  const work = (await worked()) / SCROLLED;
  const slow = times.filter((time) => time >= FRAME).length;
  const sorted = times.toSorted((a, b) => a - b);
  const most = Math.round(sorted[Math.floor(sorted.length * 0.95)] ?? 0);
  say(
    "scrolling 10,000 orders:",
    `${middle(times)} ms a frame, 95 % below ${most} ms, ${slow} frames of ${FRAME} ms or more; ${Math.round(work)} ms of a processor a frame`,
  );
  expect(work).toBeLessThan(FRAME);
});

/** Open the overview in a new browser profile, without anything that was kept. */
async function overview(): Promise<Painted> {
  const page = await open("/icon.svg");
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelectorAll(".stat").length === 4) {
        window.stood = performance.now();
      } else {
        requestAnimationFrame(look);
      }
    };
    look();
  });
  const worked = await countWork(page);
  await page.goto("/");
  await page.waitForFunction(() => window.stood !== undefined);
  const painted = { ...(await figuresOf(page)), work: await worked() };
  await page.context().close();
  return painted;
}

/** Begin to count the milliseconds of a processor that the page's main thread uses: other work of the machine is left out. */
async function countWork(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return Math.round((metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000);
  };
}

function figuresOf(page: Page): Promise<Omit<Painted, "work">> {
  return page.evaluate(() => ({
    first: Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN),
    figures: Math.round(window.stood ?? Number.NaN),
  }));
}

function middle(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN);
}

function say(what: string, figures: string): void {
  process.stdout.write(`${what} ${figures}\n`);
}
