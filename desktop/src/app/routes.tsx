import {
  ArrowLeftRight,
  Bell,
  Boxes,
  ChartColumn,
  History,
  House,
  type LucideIcon,
  MessageCircle,
  Package,
  ShoppingBag,
  Store,
  Users,
  Workflow,
} from "lucide-react";
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { Store as LookedAt } from "./stores";

/** The module of a page. `first` asks for what the page shows first, before it is drawn. */
interface PageModule {
  default: ComponentType;
  first?: (store: LookedAt) => void;
}

type Load = () => Promise<PageModule>;

/** A page: its address, its name in the navigation if it stands there, and the module that is loaded when it is opened. */
export interface Route {
  path: string;
  page: LazyExoticComponent<ComponentType>;
  load: Load;
  nav?: {
    text: string;
    icon: LucideIcon;
    group: "shop" | "work" | "account";
    /** Another page that belongs there. */
    also?: string;
  };
}

function loaded(load: Load): Pick<Route, "page" | "load"> {
  return { page: lazy(load), load };
}

export const ROUTES: readonly Route[] = [
  {
    path: "/",
    ...loaded(() => import("../pages/overview/Overview")),
    nav: { text: "Overview", icon: House, group: "shop" },
  },
  {
    path: "/app/orders",
    ...loaded(() => import("../pages/orders/Orders")),
    nav: { text: "Orders", icon: ShoppingBag, group: "shop" },
  },
  { path: "/app/orders/:id", ...loaded(() => import("../pages/orders/Order")) },
  {
    path: "/app/products",
    ...loaded(() => import("../pages/products/Products")),
    nav: { text: "Products", icon: Package, group: "shop" },
  },
  { path: "/app/products/:id", ...loaded(() => import("../pages/products/Product")) },
  {
    path: "/app/inventory",
    ...loaded(() => import("../pages/inventory/Inventory")),
    nav: { text: "Inventory", icon: Boxes, group: "shop" },
  },
  { path: "/app/inventory/:view", ...loaded(() => import("../pages/inventory/Inventory")) },
  {
    path: "/app/customers",
    ...loaded(() => import("../pages/customers/Customers")),
    nav: { text: "Customers", icon: Users, group: "shop", also: "/app/segments" },
  },
  { path: "/app/customers/:id", ...loaded(() => import("../pages/customers/Customer")) },
  { path: "/app/segments", ...loaded(() => import("../pages/customers/Segments")) },
  {
    path: "/app/reports",
    ...loaded(() => import("../pages/reports/Reports")),
    nav: { text: "Reports", icon: ChartColumn, group: "shop" },
  },
  { path: "/app/reports/:name", ...loaded(() => import("../pages/reports/Report")) },
  {
    path: "/app/chat",
    ...loaded(() => import("../pages/chat/Chat")),
    nav: { text: "Chat", icon: MessageCircle, group: "work" },
  },
  {
    path: "/app/workflows",
    ...loaded(() => import("../pages/workflows/Workflows")),
    nav: { text: "Workflows", icon: Workflow, group: "work" },
  },
  { path: "/app/workflows/new/:template", ...loaded(() => import("../pages/workflows/NewWorkflow")) },
  { path: "/app/workflows/:id/:part?", ...loaded(() => import("../pages/workflows/OneWorkflow")) },
  {
    path: "/app/approvals",
    ...loaded(() => import("../pages/approvals/Approvals")),
    nav: { text: "Approvals", icon: Bell, group: "work" },
  },
  {
    path: "/app/deliveries",
    ...loaded(() => import("../pages/deliveries/Deliveries")),
    nav: { text: "Deliveries", icon: ArrowLeftRight, group: "work" },
  },
  { path: "/app/deliveries/operations", ...loaded(() => import("../pages/deliveries/Operations")) },
  {
    path: "/app/audit",
    ...loaded(() => import("../pages/audit/Audit")),
    nav: { text: "Changes", icon: History, group: "work" },
  },
  { path: "/app/audit/:id", ...loaded(() => import("../pages/audit/Entry")) },
  {
    path: "/app/stores",
    ...loaded(() => import("../pages/stores/Stores")),
    nav: { text: "Stores", icon: Store, group: "account" },
  },
];

/** Return the route that shows an address. */
export function routeOf(path: string): Route | undefined {
  const asked = path.split("/");
  return ROUTES.find((route) => {
    const parts = route.path.split("/");
    return (
      asked.length <= parts.length &&
      parts.every((part, index) =>
        part.startsWith(":") ? part.endsWith("?") || Boolean(asked[index]) : part === asked[index],
      )
    );
  });
}
