// Where one clip stands for one recipient, in the words of `clips` and the page. Pure.
import type { ShareState } from "../review/owner.ts";
import type { HowMuchLeft } from "../spool/door.ts";
import type { Decision, OwnerAnswer } from "./decision.ts";
import type { DisclosureState, StoredDisclosure } from "./disclosure-store.ts";
import type { Verdict } from "./store.ts";

const STATE: Readonly<Record<DisclosureState, ShareState["state"]>> = {
  committed: "released",
  held: "withheld",
  released: "released",
  accepted: "accepted",
  confirmed: "confirmed",
  unconfirmed: "unconfirmed",
  failed: "failed",
  expired: "expired",
  withdrawn: "withdrawn",
  not_released: "withheld",
};

const SAID: Readonly<Record<DisclosureState, string>> = {
  committed: "approved, and about to stand in the outbox",
  held: "approved, and held back",
  released: "in the outbox, not yet sent",
  accepted: "the broker has it; the recipient has not confirmed it yet",
  confirmed: "the recipient confirmed that it arrived",
  unconfirmed: "the broker took it; nobody confirmed that it arrived",
  failed: "it could not be sent",
  expired: "it was not sent in time",
  withdrawn: "withdrawn",
  not_released: "it did not leave",
};

function said({ state, detail }: StoredDisclosure): string {
  if (detail === "") return SAID[state];
  // What is known of something in the outbox is that it was sent in vain; of something withdrawn, by whom.
  return state === "released" || state === "withdrawn" ? detail : `${SAID[state]}: ${detail}`;
}

/** What only some states need to know: looked up when they do. */
export interface Circumstances {
  /** The owner's last answer. */
  readonly answer: () => OwnerAnswer["answer"] | undefined;
  /** What would be decided now, for a clip that nobody decided about. */
  readonly now: () => Decision;
  /** How much of the newest disclosure had left when it was stopped, as far as that is known. */
  readonly left: () => HowMuchLeft | undefined;
}

/**
 * @param of what of the clip, to whom
 * @param last the newest disclosure of it
 * @param verdict the newest decision
 */
export function shareState(
  of: Pick<ShareState, "recipient" | "kind">,
  last: StoredDisclosure | undefined,
  verdict: Verdict | undefined,
  { answer, now, left }: Circumstances,
): ShareState {
  const asksAgain = verdict?.effect === "ask" && (!last || verdict.decidedAt >= last.committedAt);
  if (last && !asksAgain) {
    const gone = last.state === "withdrawn" ? left() : undefined;
    return { ...of, state: STATE[last.state], detail: said(last), ...(gone && { left: gone }) };
  }
  if (!verdict) {
    const { text, rule } = now().reasons[0]!;
    return { ...of, state: "withheld", detail: text, rule };
  }
  const { reason: detail, rule } = verdict;
  switch (verdict.effect) {
    case "ask":
      return { ...of, state: "asks", detail };
    case "permit":
      return { ...of, state: "released", detail: "approved, and being made ready" };
    case "deny":
      if (!rule.startsWith("§5.1")) return { ...of, state: "withheld", detail, rule };
      // Undone while it was made ready: nobody said no to it.
      return { ...of, state: answer() === "withdrawn" ? "withdrawn" : "denied", detail };
    case "expired":
      return { ...of, state: "expired", detail };
    case "failed":
      return { ...of, state: "failed", detail };
  }
}
