import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert, X } from "lucide-react";
import { type ButtonHTMLAttributes, type ComponentProps, type ReactNode, useEffect, useId, useRef } from "react";
import { Link, useLocation } from "wouter";

export { Code } from "./Code";
export { type Column, DataTable } from "./DataTable";
export { words } from "./format";
export { InlineEdit } from "./InlineEdit";

export type Tone = "good" | "warn" | "bad" | "accent";

type Look = "primary" | "danger" | "plain";

export function Button({
  look,
  small,
  busy,
  className = "",
  children,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; small?: boolean; busy?: boolean }) {
  const names = ["button", look, small && "small", className].filter(Boolean).join(" ");
  return (
    <button type="button" className={names} aria-busy={busy} {...rest} disabled={rest.disabled || busy}>
      {busy && <span className="spinner" />}
      {children}
    </button>
  );
}

/** A button that shows an icon alone; `label` names it. */
export function IconButton({
  icon: Icon,
  label,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { icon: LucideIcon; label: string }) {
  return (
    <button type="button" className="button plain icon" aria-label={label} title={label} {...rest}>
      <Icon aria-hidden />
    </button>
  );
}

export function Badge({ tone, children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge ${tone ?? ""}`}>{children}</span>;
}

/** A card with a heading. `flush` lets a table reach its edges. */
export function Card({
  title,
  actions,
  flush,
  children,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <header>
          <h2 id={id}>{title}</h2>
          {actions}
        </header>
      )}
      <div className={`body ${flush ? "flush" : ""}`}>{children}</div>
    </section>
  );
}

/** A page: its heading, what can be done there, and its parts. */
export function Page({
  title,
  about,
  actions,
  children,
}: {
  title: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [location] = useLocation();
  const text = typeof title === "string" ? title : undefined;
  useEffect(() => {
    if (text !== undefined) {
      document.title = `${text} · ATOM`;
    }
  }, [text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page is announced once, when its address changes
  useEffect(() => {
    if (document.activeElement === document.body || document.activeElement === null) {
      heading.current?.focus({ preventScroll: true });
    }
  }, [location]);
  return (
    <div className="stack loose">
      <div className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1} style={{ outline: "none" }}>
            {title}
          </h1>
          {about && <p className="soft">{about}</p>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** A figure with its name, and what it is compared with. */
export function Stat({ label, value, beside }: { label: ReactNode; value: ReactNode; beside?: ReactNode }) {
  return (
    <dl className="stat">
      <dt>{label}</dt>
      <dd>{value}</dd>
      {beside && (
        <dd className="beside" style={{ fontSize: "var(--text-s)", fontWeight: 400, letterSpacing: 0 }}>
          {beside}
        </dd>
      )}
    </dl>
  );
}

/** A change in percent, green where it went up. `formatted` is how the store's country writes it. */
export function Change({ percent, formatted }: { percent: string | number | null | undefined; formatted: string }) {
  if (percent == null) {
    return null;
  }
  const value = Number(percent);
  return <span className={value > 0 ? "up" : value < 0 ? "down" : ""}>{formatted}</span>;
}

const NOTES: Record<Tone | "info", LucideIcon> = {
  good: CircleCheck,
  warn: TriangleAlert,
  bad: CircleAlert,
  accent: Info,
  info: Info,
};

export function Note({
  tone,
  title,
  children,
  action,
}: {
  tone?: Tone;
  title?: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  const Icon = NOTES[tone ?? "info"];
  return (
    <div className={`note ${tone ?? ""}`} role={tone === "bad" ? "alert" : undefined}>
      <Icon aria-hidden />
      <div className="stack tight" style={{ flex: 1 }}>
        {title && <strong>{title}</strong>}
        {children && <div>{children}</div>}
        {action && <div className="row">{action}</div>}
      </div>
    </div>
  );
}

export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon aria-hidden />
      <strong>{title}</strong>
      {children && <div>{children}</div>}
      {action}
    </div>
  );
}

/** Grey lines in the place of what is being read. */
export function Loading({ lines = 4, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className="stack" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
        <div key={line} className="skeleton" style={{ height: "1.25rem", width: `${90 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

/** A dialog of the browser's own kind: it keeps the focus, and Escape closes it. */
export function Dialog({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    if (element !== null && !element.open) {
      element.showModal();
    }
    return () => {
      element?.close();
      if (opener instanceof HTMLElement) {
        opener.focus();
      }
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div>
        <div className="row spread">
          <h2 id={id}>{title}</h2>
          <IconButton icon={X} label="Close" onClick={onClose} />
        </div>
        {children}
      </div>
    </dialog>
  );
}

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  fault?: string | undefined;
  wide?: boolean;
}

export function TextField({ label, hint, fault, wide, ...rest }: FieldProps & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className={`field ${wide ? "wide" : ""}`}>
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" aria-invalid={fault !== undefined} aria-describedby={`${id}-says`} {...rest} />
      <Says id={`${id}-says`} hint={hint} fault={fault} />
    </div>
  );
}

export function TextArea({ label, hint, fault, wide, ...rest }: FieldProps & ComponentProps<"textarea">) {
  const id = useId();
  return (
    <div className={`field ${wide ? "wide" : ""}`}>
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="input"
        rows={3}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-says`}
        {...rest}
      />
      <Says id={`${id}-says`} hint={hint} fault={fault} />
    </div>
  );
}

export function Select({
  label,
  hint,
  fault,
  wide,
  options,
  ...rest
}: FieldProps & ComponentProps<"select"> & { options: readonly (readonly [value: string, text: string])[] }) {
  const id = useId();
  return (
    <div className={`field ${wide ? "wide" : ""}`}>
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" aria-describedby={`${id}-says`} {...rest}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <Says id={`${id}-says`} hint={hint} fault={fault} />
    </div>
  );
}

export function Checkbox({ label, ...rest }: { label: ReactNode } & ComponentProps<"input">) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} />
      <span>{label}</span>
    </label>
  );
}

function Says({ id, hint, fault }: { id: string; hint?: ReactNode; fault?: string | undefined }) {
  return (
    <span id={id} className={fault === undefined ? "small soft" : "fault"}>
      {fault ?? hint}
    </span>
  );
}

/** Tabs that are links, so that each has an address. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly { href: string; text: ReactNode }[] }) {
  const [location] = useLocation();
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where they have no room, the tab of a new address comes into view
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView?.({ block: "nearest", inline: "center" });
  }, [location]);
  return (
    <nav ref={nav} className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.href} href={tab.href} aria-current={location === tab.href ? "page" : undefined}>
          {tab.text}
        </Link>
      ))}
    </nav>
  );
}
