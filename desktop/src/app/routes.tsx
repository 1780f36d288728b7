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

/** A page: its address, its name in the navigation if it stands there, and the module that is loaded when it is opened. */
export interface Route {
  path: string;
  page: LazyExoticComponent<ComponentType>;
  nav?: { text: string; icon: LucideIcon; group: "shop" | "work" | "account" };
}

export const ROUTES: readonly Route[] = [
  {
    path: "/",
    page: lazy(() => import("../pages/overview/Overview")),
    nav: { text: "Overview", icon: House, group: "shop" },
  },
  {
    path: "/app/orders",
    page: lazy(() => import("../pages/orders/Orders")),
    nav: { text: "Orders", icon: ShoppingBag, group: "shop" },
  },
  { path: "/app/orders/:id", page: lazy(() => import("../pages/orders/Order")) },
  {
    path: "/app/products",
    page: lazy(() => import("../pages/products/Products")),
    nav: { text: "Products", icon: Package, group: "shop" },
  },
  { path: "/app/products/:id", page: lazy(() => import("../pages/products/Product")) },
  {
    path: "/app/inventory",
    page: lazy(() => import("../pages/inventory/Inventory")),
    nav: { text: "Inventory", icon: Boxes, group: "shop" },
  },
  { path: "/app/inventory/:view", page: lazy(() => import("../pages/inventory/Inventory")) },
  {
    path: "/app/customers",
    page: lazy(() => import("../pages/customers/Customers")),
    nav: { text: "Customers", icon: Users, group: "shop" },
  },
  { path: "/app/customers/:id", page: lazy(() => import("../pages/customers/Customer")) },
  { path: "/app/segments", page: lazy(() => import("../pages/customers/Segments")) },
  {
    path: "/app/reports",
    page: lazy(() => import("../pages/reports/Reports")),
    nav: { text: "Reports", icon: ChartColumn, group: "shop" },
  },
  { path: "/app/reports/:name", page: lazy(() => import("../pages/reports/Report")) },
  {
    path: "/app/chat",
    page: lazy(() => import("../pages/chat/Chat")),
    nav: { text: "Chat", icon: MessageCircle, group: "work" },
  },
  {
    path: "/app/workflows",
    page: lazy(() => import("../pages/workflows/Workflows")),
    nav: { text: "Workflows", icon: Workflow, group: "work" },
  },
  { path: "/app/workflows/new/:template", page: lazy(() => import("../pages/workflows/NewWorkflow")) },
  { path: "/app/workflows/:id/:part?", page: lazy(() => import("../pages/workflows/OneWorkflow")) },
  {
    path: "/app/approvals",
    page: lazy(() => import("../pages/approvals/Approvals")),
    nav: { text: "Approvals", icon: Bell, group: "work" },
  },
  {
    path: "/app/deliveries",
    page: lazy(() => import("../pages/deliveries/Deliveries")),
    nav: { text: "Deliveries", icon: ArrowLeftRight, group: "work" },
  },
  { path: "/app/deliveries/operations", page: lazy(() => import("../pages/deliveries/Operations")) },
  {
    path: "/app/audit",
    page: lazy(() => import("../pages/audit/Audit")),
    nav: { text: "Changes", icon: History, group: "work" },
  },
  { path: "/app/audit/:id", page: lazy(() => import("../pages/audit/Entry")) },
  {
    path: "/app/stores",
    page: lazy(() => import("../pages/stores/Stores")),
    nav: { text: "Stores", icon: Store, group: "account" },
  },
];
