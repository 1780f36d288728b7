import { queries, SESSION, STORES } from "./queries";
import { routeOf } from "./routes";
import { lastChoice, lookedAt } from "./stores";

// What every page waits for is asked for before anything is drawn: to get ready for drawing takes longer than the answers.
queries.prefetchQuery(SESSION);
const asked = queries.fetchQuery(STORES);
const opened = routeOf(window.location.pathname)?.load();
Promise.all([asked, opened])
  .then(([stores, page]) => {
    const store = lookedAt(stores, lastChoice());
    if (store !== undefined) {
      page?.first?.(store);
    }
  })
  // The page asks for all of it again when it is drawn, and says there what is wrong.
  .catch(() => undefined);
