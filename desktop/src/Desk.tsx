import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/ui.css";
import { useSyncExternalStore } from "react";
import { Router } from "wouter";
import { App } from "./app/App";

export interface ShopifyDeskProps {
  /** Where the dashboard is mounted in the front end, such as `/shopify`; its pages are below it. */
  basePath?: string;
}

/**
 * The whole dashboard, to mount in a front end that uses React. It asks `/api` on the page's own origin as who is signed
 * in there, so the front end's server has to pass `/api` and `/signout` on to the host.
 */
export function ShopifyDesk({ basePath = "" }: ShopifyDeskProps) {
  // A front end that renders on its server has no browser to ask for the address and the chosen store.
  const inBrowser = useSyncExternalStore(never, yes, no);
  return inBrowser ? (
    <Router base={basePath.replace(/\/+$/, "")}>
      <App />
    </Router>
  ) : null;
}

const never = () => () => {};
const yes = () => true;
const no = () => false;
