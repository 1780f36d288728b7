import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { LogOut, Menu, Store, X } from "lucide-react";
import { Component, type ReactNode, Suspense, useEffect, useState } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import type { ClientError } from "../client/client";
import { Badge, Button, Card, Empty, IconButton, Loading, Note, Page } from "../ui";
import { ChangingProvider } from "./changing";
import { ErrorNote } from "./ErrorNote";
import { useLive, useLiveState } from "./live";
import { queries, SESSION, STORES } from "./queries";
import { ROUTES, type Route as RouteOf } from "./routes";
import { StoresProvider, useStore } from "./stores";
import { useWaiting } from "./waiting";
import "./shell.css";

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <StoresProvider>
        <ChangingProvider>
          <Shell />
        </ChangingProvider>
      </StoresProvider>
    </QueryClientProvider>
  );
}

const GROUPS: readonly (readonly ["shop" | "work" | "account", string])[] = [
  ["shop", "Shop"],
  ["work", "Work"],
  ["account", "Account"],
];

function Shell() {
  const [open, setOpen] = useState(false);
  const [location] = useLocation();
  useLive();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new address closes the menu
  useEffect(() => setOpen(false), [location]);
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div className="shell">
        <header className="top">
          <IconButton icon={Menu} label="Open the menu" aria-expanded={open} onClick={() => setOpen(true)} />
          <StoreSwitcher />
        </header>
        {open && <button type="button" className="shade" aria-label="Close the menu" onClick={() => setOpen(false)} />}
        <div className={`side ${open ? "open" : ""}`}>
          <div className="row spread">
            <div className="brand">
              <img src="/icon.svg" alt="" />
              ATOM · Shopify
            </div>
            {open && <IconButton icon={X} label="Close the menu" onClick={() => setOpen(false)} />}
          </div>
          <StoreSwitcher />
          <Navigation location={location} />
          <Person />
        </div>
        <main className="main" id="main" tabIndex={-1} style={{ outline: "none" }}>
          <Guard key={location}>
            <Suspense fallback={<Loading lines={6} label="Opening the page" />}>
              <Routes />
            </Suspense>
          </Guard>
        </main>
      </div>
    </>
  );
}

// What there is without a store: connecting one, and what workflows do.
const WITHOUT_STORE = /^\/app\/(stores|workflows|approvals)(\/|$)/;

function Routes() {
  const { error, stores, isPending } = useStore();
  const [location] = useLocation();
  if (error !== null && error.error.status === 401) {
    return <SignedOut />;
  }
  if (error !== null && stores.length === 0) {
    return <Unanswered error={error} />;
  }
  if (!isPending && stores.length === 0 && !WITHOUT_STORE.test(location)) {
    return <NoStore />;
  }
  return (
    <Switch>
      {ROUTES.map((route) => (
        <Route key={route.path} path={route.path} component={route.page} />
      ))}
      <Route>
        <Page title="There is no such page">
          <p>
            <Link href="/">Go to the overview</Link>
          </p>
        </Page>
      </Route>
    </Switch>
  );
}

function SignedOut() {
  return (
    <Page title="You are signed out">
      <Note>
        Open a new sign-in link. Who runs this server makes one with <code>atom-shopify token create --link</code>.
      </Note>
    </Page>
  );
}

/** Without an answer nobody knows which stores there are, so that no page could show anything. */
function Unanswered({ error }: { error: ClientError }) {
  const again = () => queries.refetchQueries({ queryKey: STORES.queryKey });
  return (
    <Page title={error.error.status === 0 ? "The server does not answer" : "This can't be shown now"}>
      <ErrorNote error={error} onRetry={again} />
    </Page>
  );
}

function NoStore() {
  return (
    <Page title="Welcome">
      <Card>
        <Empty
          icon={Store}
          title="No store is connected"
          action={
            <Link href="/app/stores" className="button primary">
              Connect a store
            </Link>
          }
        >
          Connect your Shopify store to see its orders, sales and stock here.
        </Empty>
      </Card>
    </Page>
  );
}

function Navigation({ location }: { location: string }) {
  return (
    <nav className="nav" aria-label="Pages">
      {GROUPS.map(([group, name]) => (
        <ul key={group} aria-label={name}>
          {ROUTES.filter((route) => route.nav?.group === group).map((route) => (
            <li key={route.path}>
              <NavLink route={route} location={location} />
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

function NavLink({ route, location }: { route: RouteOf; location: string }) {
  if (route.nav === undefined) {
    return null;
  }
  const { text, icon: Icon, also } = route.nav;
  const here =
    location === route.path || location === also || (route.path !== "/" && location.startsWith(`${route.path}/`));
  return (
    <Link href={route.path} aria-current={here ? "page" : undefined}>
      <Icon aria-hidden />
      {text}
      {route.path === "/app/approvals" && <Waiting />}
    </Link>
  );
}

function Waiting() {
  const { count } = useWaiting(30_000);
  return count === 0 ? null : (
    <span className="count">
      <Badge tone="accent">
        {count}
        <span className="visually-hidden"> waiting</span>
      </Badge>
    </span>
  );
}

function StoreSwitcher() {
  const { stores, shop, look, isPending, error } = useStore();
  const [location, go] = useLocation();
  if (isPending || (error !== null && stores.length === 0)) {
    return <select className="input" aria-label="Store" disabled />;
  }
  if (stores.length === 0) {
    return (
      <Link href="/app/stores" className="button">
        Connect a store
      </Link>
    );
  }
  return (
    <select
      className="input"
      aria-label="Store"
      value={shop}
      onChange={(event) => {
        look(event.target.value);
        // A single order or product belongs to the store before.
        const list = /^\/app\/[a-z]+/.exec(location)?.[0];
        if (list !== undefined) {
          go(list);
        }
      }}
    >
      {stores.map((store) => (
        <option key={store.shop} value={store.shop}>
          {store.name || store.shop}
        </option>
      ))}
    </select>
  );
}

function Person() {
  const live = useLiveState();
  const { data: session } = useQuery(SESSION);
  const says = { live: "Live", polling: "Every few seconds", away: "Not live" }[live];
  return (
    <div className="stack tight">
      <span className={`live ${live === "away" ? "" : "on"}`} style={{ paddingInline: "var(--space-2)" }}>
        {says}
      </span>
      {session && (
        <div className="person">
          <span>
            {session.subject} {session.read_only && <Badge>only looks</Badge>}
          </span>
          <form method="post" action="/signout">
            <Button type="submit" look="plain" small aria-label="Sign out" title="Sign out">
              <LogOut aria-hidden />
            </Button>
          </form>
        </div>
      )}
    </div>
  );
}

/** Keep a page that fails from taking the navigation along. */
class Guard extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    return error === null ? (
      this.props.children
    ) : (
      <Page title="This page can't be shown">
        <ErrorNote error={error} onRetry={() => this.setState({ error: null })} />
      </Page>
    );
  }
}
