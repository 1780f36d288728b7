import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { Badge, Card, Loading, type Tone } from "../../ui";
import styles from "./overview.module.css";

const WORDS: Record<string, [tone: Tone, text: string]> = {
  healthy: ["good", "All is well"],
  degraded: ["warn", "Needs a look"],
  unhealthy: ["bad", "Not working"],
};

// The objectives by name, as a person says them.
const SPOKEN: Record<string, string> = {
  response_time_p95_ms: "the time to answer",
  error_rate: "the share of failed calls",
  oauth_success: "the connecting of stores",
  availability: "being there",
};

interface Check {
  status: string;
  message: string;
}

/** How the connection to Shopify is, in words: what is wrong, or that nothing is. */
export function Health({ ready }: { ready: boolean }) {
  const { data, error, refetch } = useRead("health", {}, { enabled: ready, every: 60_000 });
  if (data === undefined) {
    return error === null ? (
      <Card title="Health">
        <Loading lines={2} label="Asking how things are" />
      </Card>
    ) : (
      <ErrorNote error={error} onRetry={refetch} />
    );
  }
  const [tone, text] = WORDS[data.status] ?? ["warn", data.status];
  const wrong = Object.entries(data.checks as Record<string, Check>).filter(([, check]) => check.status !== "healthy");
  return (
    <Card title="Health" actions={<Badge tone={tone}>{text}</Badge>}>
      {wrong.length === 0 ? (
        <p className="soft">Shopify answers, its events arrive, and your data is current.</p>
      ) : (
        <ul className={styles.list}>
          {wrong.map(([name, check]) => (
            <li key={name}>
              {check.message.replace(/\b[a-z]+_[a-z0-9_]+\b|\bavailability\b/g, (word) => SPOKEN[word] ?? word)}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
