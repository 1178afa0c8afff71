// Somebody who may be sent stills when asked, and never a clip: the owner is asked for the still, on the page and at the command line.
import { afterAll, beforeAll, expect, test } from "vitest";
import { recipient } from "../configs.ts";
import type { Household } from "./household.ts";
import { goTo, type Look, type Visitor } from "./page.ts";
import { LivedIn } from "./page-house.ts";

let home: LivedIn;
let house: Household;
let owner: Visitor;
beforeAll(async () => {
  home = await LivedIn.begin(recipient({ name: "ben", clips: "never", more: 'stills = "ask"' }));
  ({ house, owner } = home);
}, 120_000);
afterAll(() => home?.close());

const asked = async (id: string): Promise<void> =>
  void (await house.clips("ben to ask", (clips) =>
    clips.some(
      (clip) =>
        clip.id === id &&
        clip.shares.some(({ recipient, kind, state }) => recipient === "ben" && kind === "still" && state === "asks"),
    ),
  ));
const sent = (id: string): Promise<unknown> =>
  house.clips("ben to be sent it", (clips) =>
    clips.some(
      (clip) =>
        clip.id === id && clip.shares.some(({ recipient, state }) => recipient === "ben" && state === "unconfirmed"),
    ),
  );
const toBen = (): readonly string[] =>
  home.ear.heard.map(({ topic }) => topic).filter((topic) => topic.startsWith("doorstep/porch/ben/clip/"));

test.each([
  {
    look: { size: "desk", language: "en", scheme: "light" },
    ...{ group: "For ben", stays: "The recording itself stays here", one: "One still picture of it" },
    ...{ send: "Send to ben", only: "This is about one still picture; the recording itself stays here." },
    gone: "It has left: the broker has it. Nobody confirms a picture.",
  },
  {
    look: { size: "phone", language: "fr", scheme: "dark" },
    ...{ group: "Pour ben", stays: "L’enregistrement lui-même reste ici", one: "Une image fixe" },
    ...{ send: "Envoyer à ben", only: "Il s’agit d’une image fixe ; l’enregistrement lui-même reste ici." },
    gone: "C’est parti : le broker l’a. Personne ne confirme une image.",
  },
] satisfies (Record<string, string | Look> & { look: Look })[])(
  "the page offers the still alone, says that the recording stays, and sends no more: $look.size, $look.language",
  { timeout: 120_000 },
  async ({ look, group, stays, one, send, only, gone }) => {
    const { id } = await house.visit("pir");
    await asked(id);
    const page = await owner.enters(look);
    await goTo(page, "waiting");
    const panel = page.locator(`article[aria-labelledby="ask-${id}"]`).getByRole("group", { name: group });
    await panel.getByText(stays).waitFor();
    await panel.getByText(one).waitFor();
    const stood = home.ear.heard.length;

    const button = panel.getByRole("button", { name: send });
    await (look.size === "desk" ? button.click() : button.tap());

    await panel.getByText(only).waitFor();
    await panel.getByText(gone).waitFor();
    expect(home.ear.heard.slice(stood).map(({ topic }) => topic)).toContain("doorstep/porch/ben/latest/still");
    expect(toBen()).toEqual([]);
    await page.context().close();
    expect(owner.complaints).toEqual([]);
  },
);

test("at the command line the still asks, is approved and sent, and is taken back", { timeout: 120_000 }, async () => {
  const { id } = await house.visit("button");
  await asked(id);
  const { out } = await house.owner("clips");
  expect(out.slice(out.indexOf(id)).replaceAll(/\s+/g, " ")).toMatch(/^[^.]+ .*?ben: asks \(still\)/);
  expect((await house.owner("explain", id, "--to", "ben")).out).toContain("asks (still): ");

  const approved = await house.owner("approve", id, "--to", "ben");
  await sent(id);

  expect([approved.code, approved.out]).toEqual([0, expect.stringMatching(/^ben: \w+ \(still; .+\)\n$/)]);
  expect(toBen()).toEqual([]);
  const stood = home.ear.heard.length;
  const withdrawn = await house.owner("withdraw", id, "--to", "ben");
  await home.ear.message(({ topic, payload }) => topic === "doorstep/porch/ben/latest/still" && payload.length === 0);
  expect(home.ear.heard.length).toBeGreaterThan(stood);
  expect(withdrawn.out).toContain("after it had been sent");
});
