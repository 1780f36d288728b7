import { queries, SESSION, STORES } from "./queries";
import { routeOf } from "./routes";

// What every page waits for is asked for before anything is drawn: to get ready for drawing takes longer than the answers.
queries.prefetchQuery(STORES);
queries.prefetchQuery(SESSION);
routeOf(window.location.pathname)
  ?.load()
  // The page asks for itself again when it is drawn, and says there what is wrong.
  .catch(() => undefined);
