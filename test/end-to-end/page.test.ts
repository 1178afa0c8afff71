// The review page as its owner uses it: Chromium in front of a running agent, with a real broker behind.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seconds } from "../../drivers/clock/clock.ts";
import type { Household } from "./household.ts";
import { goTo, holds, obstacles, settled, type Look, type Visitor } from "./page.ts";
import { LivedIn } from "./page-house.ts";
import { picture } from "./page-pictures.ts";

/** Pictures that are not the one before, enough to say that they move. */
const MOVES = 6;
const DESK: Look = { size: "desk", language: "en", scheme: "light" };
const PHONE: Look = { size: "phone", language: "fr", scheme: "dark" };
/** "2026-11-22 13:00" on the clock of the device. */
const parisMinute = new Intl.DateTimeFormat("sv", {
  ...{
    timeZone: "Europe/Paris",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  },
});

describe("with a doorbell, a broker, and somebody who asks", { timeout: 120_000 }, () => {
  let home: LivedIn;
  let house: Household;
  let owner: Visitor;
  let desk: Page;

  beforeAll(async () => {
    home = await LivedIn.begin();
    ({ house, owner } = home);
    await house.quiet(seconds(3));
    await house.visit("button");
    await house.visit("pir");
    desk = await owner.enters(DESK);
  }, 120_000);
  afterAll(() => home?.close());

  test("a wrong code is refused in words, and a right one opens the page", async () => {
    const page = await owner.comes(DESK);
    await picture(page, "sign-in");
    expect(await obstacles(page)).toEqual([]);
    await page.getByRole("button", { name: "Use a one-time code instead" }).click();
    await page.getByLabel("One-time code").fill("22222-22222");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("That code does not work.").waitFor();

    await page.getByRole("button", { name: "Use the password instead" }).click();
    await owner.signIn(page);

    expect(await page.title()).toBe("Now · Doorstep");
    expect(page.url()).not.toContain("code");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Password").waitFor();
  });

  test("live pictures move, say how old they are, and are in the ledger", async () => {
    await goTo(desk, "now");
    await desk.getByRole("button", { name: "Watch live" }).click();
    await holds(
      desk,
      `document.querySelector("video.live").videoWidth > 0 && document.querySelector(".live-badge.on")`,
    );
    const delays: number[] = [];
    const seen = new Set<number>();
    // How often a picture comes, and how old it is, is measured by `make bench`: a busy machine may take its time.
    for (let n = 0; n < 150 && (seen.size < MOVES || !delays.length); n++) {
      await house.quiet(seconds(0.15));
      seen.add(await desk.evaluate<number>(`document.querySelector("video.live").currentTime`));
      const text = await desk.evaluate<string>(`document.querySelector(".delay").textContent`);
      if (text) delays.push(Number(/[\d.]+/.exec(text)![0]));
    }
    await picture(desk, "now");

    expect(seen.size).toBeGreaterThanOrEqual(MOVES);
    expect(delays.length).toBeGreaterThan(0);
    expect(delays.every((delay) => delay >= 0 && delay < 10)).toBe(true);
    expect((await house.owner("ledger", "list", "--type", "viewing", "--json")).out).toContain('"live"');
    await desk.getByRole("button", { name: "Stop watching" }).click();
    await desk.getByRole("button", { name: "Watch live" }).waitFor();
    await house.quiet(seconds(0.5));
    expect(await metric("live_viewers")).toBe(0);
  });

  /** How many clips wait. On a slow machine a visit may make two. */
  const waiting = async (): Promise<number> => (await house.status("any", () => true)).clips.waiting;

  async function metric(name: string): Promise<number> {
    const text = await desk.evaluate<string>(
      `fetch("/metrics", { headers: { "x-doorstep": "1" } }).then((r) => r.text())`,
    );
    return Number(new RegExp(`^doorstep_${name} (.+)$`, "m").exec(text)![1]);
  }

  test("what waits says exactly what would be sent, and is played and sought before it is answered", async () => {
    await goTo(desk, "waiting");
    expect(await waiting()).toBeGreaterThanOrEqual(2);
    await holds(desk, `document.querySelectorAll(".poster img").length === ${await waiting()}`);
    await picture(desk, "waiting");
    const first = desk.getByRole("article").first();

    expect(await first.getByRole("list", { name: "What exactly would be sent" }).innerText()).toMatch(
      /\d+ s, [\d.]+ [kM]B\s+and one still picture\s+Without sound\s+Encrypted: only anna can open it\s+Sent until/,
    );
    await first.getByRole("button", { name: /^Play/ }).click();
    await holds(desk, `document.querySelector(".asking video")?.currentTime > 0.3`);
    const ranges: string[] = [];
    desk.on("request", (request) => ranges.push(request.headers()["range"] ?? ""));
    await desk.evaluate(
      `(() => { const video = document.querySelector(".asking video"); video.currentTime = video.duration - 1.5; })()`,
    );
    await holds(
      desk,
      `(() => { const v = document.querySelector(".asking video"); return !v.seeking && v.currentTime > v.duration - 1.6 && v.readyState >= 2; })()`,
    );
    await first
      .getByRole("button", { name: /^Jump to:/ })
      .first()
      .click();
    await holds(
      desk,
      `(() => { const v = document.querySelector(".asking video"); return v.currentTime < v.duration - 2; })()`,
    );
    const { out } = await house.owner("ledger", "list", "--type", "viewing", "--json");
    expect(out.match(/"played"/g)).toHaveLength(1);
  });

  test("yes sends that clip to that person, and the page says when it has left and what the receipt claims", async () => {
    await goTo(desk, "waiting");
    const first = desk.getByRole("article").first();
    const id = (await first.getByRole("link").first().getAttribute("href"))!.split("/").at(-1)!;
    await first.getByRole("button", { name: "Send to anna" }).click();
    await desk.getByText("On its way to anna.").waitFor();
    await first.getByText("It has left: the broker has it.").waitFor();

    await goTo(desk, `clips/${id}`);
    await desk.getByText("anna · recording · sent").click();
    await desk.getByText("you, on this page").locator("visible=true").first().waitFor();
    await picture(desk, "clip");

    expect(await obstacles(desk)).toEqual([]);
    const [share] = (await house.clips("sent", (clips) => clips.length > 0)).find((clip) => clip.id === id)!.shares;
    expect(share!.state).toBe("accepted");
  });

  test("no keeps it here, and can be thought better of", async () => {
    await goTo(desk, "waiting");
    const first = desk.getByRole("article").first();
    await first.getByRole("button", { name: "Don’t send" }).click();
    await first.getByText("You said no. Nothing was sent.").waitFor();

    await first.getByRole("button", { name: "Send to anna after all" }).waitFor();
    await holds(
      desk,
      `Number(document.querySelector('a[href="#/waiting"] .badge')?.firstChild.textContent ?? 0) === ${await waiting()}`,
    );
  });

  test("while the broker is away an approval can be undone, and nothing has left", async () => {
    await home.broker.kill();
    const clip = await house.visit("pir");
    try {
      await goTo(desk, `clips/${clip.id}`);
      await desk.getByRole("button", { name: "Send to anna" }).click();
      await desk.getByText("Approved, and about to leave. You can still undo it.").waitFor();
      await desk.getByRole("group", { name: "For anna" }).getByRole("button", { name: "Undo" }).click();
      await desk.getByText("Withdrawn. Nothing of it had left.").waitFor();
      // It was opened as soon as it was recorded: its pictures come by themselves.
      await desk.locator(".poster img").waitFor();
    } finally {
      await home.broker.launch();
    }
    await house.status("broker", ({ broker: { state } }) => state === "connected");

    // What goes afterwards has passed: what was undone is not behind it.
    const later = await house.visit("pir");
    await house.agent.send("POST", `/clips/${later.id}/answers`, { recipient: "anna", answer: "approved" });
    await home.ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${later.id}/manifest`);
    expect(home.ear.heard.filter(({ topic, payload }) => `${topic} ${payload.toString()}`.includes(clip.id))).toEqual(
      [],
    );
  });

  test("sharing is paused in one tap, everywhere, and resumed the same way", async () => {
    for (const view of ["now", "ledger"]) {
      await goTo(desk, view);
      await desk.getByRole("button", { name: "Pause sharing" }).click();
      await desk.getByRole("region", { name: "How the device stands" }).getByText("Sharing paused").waitFor();
      await house.status("paused", ({ sharing }) => sharing.state === "paused");
      await desk.locator(".strip").getByRole("button", { name: "Resume sharing" }).click();
      await house.status("resumed", ({ sharing }) => sharing.state === "enabled");
    }
  });

  test("clips are found by day and trigger, gone through by keyboard, kept and erased", async () => {
    await goTo(desk, "clips");
    await desk.locator(".card img").first().waitFor();
    await picture(desk, "clips");
    await desk.getByLabel("Begun by").selectOption("button");
    await desk.getByText("1 clip", { exact: true }).first().waitFor();
    await desk.getByLabel("Begun by").selectOption("");
    await holds(desk, `document.querySelectorAll(".card").length >= 3`);
    await desk.locator(".card").first().focus();
    await desk.keyboard.press("ArrowRight");
    expect(await desk.evaluate(`[...document.querySelectorAll(".card")].indexOf(document.activeElement)`)).toBe(1);
    await desk.keyboard.press("Enter");
    await desk.getByRole("button", { name: "Keep", exact: true }).waitFor();
    const id = desk.url().split("/").at(-1)!;

    await desk.keyboard.press("p");
    await desk.getByRole("button", { name: "Keep no longer" }).waitFor();
    await desk.keyboard.press("Delete");
    await desk.getByRole("dialog").getByRole("button", { name: "Erase" }).click();

    await desk.getByText("Erased.", { exact: true }).waitFor();
    await house.clips("gone", (clips) => clips.every((clip) => clip.id !== id));
  });

  test("the ledger is read, filtered, verified and reported", async () => {
    await goTo(desk, "ledger");
    await desk
      .getByText(/^Left for anna: the broker has it|^You approved it for anna/)
      .first()
      .waitFor();
    await desk.getByRole("button", { name: "Verify everything" }).click();
    await desk.getByText("Verified: nothing was changed.").waitFor();
    await picture(desk, "ledger");
    await desk.getByLabel("Show").selectOption("signin");
    await desk.getByText("Somebody signed in (page, code)").first().waitFor();
    expect(await desk.getByText("The camera was opened").count()).toBe(0);
    await desk.getByRole("button", { name: "Report" }).click();
    await desk.getByText(/Shared with anna: clips and stills \d/).waitFor();
  });

  test("the policy is said in words with its lines, and a mistake in the file is shown where it is", async () => {
    await goTo(desk, "policy");
    await desk.getByText("Recordings, if you say yes each time").waitFor();
    await picture(desk, "policy", ".people");
    const good = readFileSync(house.configFile, "utf8");
    house.configure(good.replace('clips = "ask"', 'clips = "maybe"'));
    await desk.getByText("1 fault in the file").first().waitFor();
    await desk.getByRole("region", { name: "How the device stands" }).getByText("Sharing closed").waitFor();

    house.configure(good);

    await desk.getByRole("region", { name: "How the device stands" }).getByText("Sharing on").waitFor();
  });

  test("a zone is drawn on the picture with mouse and keyboard, and comes out as TOML that check accepts", async () => {
    await goTo(desk, "zones");
    await settled(desk);
    await desk.getByRole("button", { name: "Add a mask" }).click();
    const box = (await desk.locator(".drawing").boundingBox())!;
    for (const [x, y] of [
      [0.05, 0.1],
      [0.3, 0.1],
      [0.3, 0.4],
      [0.05, 0.4],
    ] as const)
      await desk.mouse.click(box.x + x * box.width, box.y + y * box.height);
    const corner = desk.getByRole("button", { name: "Corner 4 of mask 1" });
    await corner.focus();
    await desk.keyboard.press("ArrowDown");
    await picture(desk, "zones");

    const toml = await desk.getByLabel("TOML").inputValue();
    expect(toml).toMatch(
      /\[\[mask\]\]\nname = "mask 1"\npolygon = \[\[0\.05\d?, 0\.1\d*\], .*, \[0\.05\d?, 0\.41\d?\]\]\n$/,
    );
    const file = join(house.folder, "drawn.toml");
    const text = readFileSync(house.configFile, "utf8").replace(/\[\[zone\]\][^[]*\[\[.*\n/, "");
    writeFileSync(file, `${text}\n${toml}`);
    const checked = await house.doorstep("check", file);
    expect(checked.out + checked.err).toContain("mask 1");
    expect(checked.code).toBe(0);
  });

  test("a letter is written down, and filed without anything being sent", async () => {
    await goTo(desk, "requests");
    await desk.getByRole("button", { name: "Write one down…" }).click();
    const dialog = desk.getByRole("dialog");
    await dialog.getByLabel("Who asks").fill("Police Nordstadt");
    await dialog.getByLabel("What they say").fill("A bicycle was stolen");
    await dialog.getByRole("button", { name: "Keep" }).click();
    await desk.getByRole("heading", { name: "Police Nordstadt" }).waitFor();
    await picture(desk, "requests");
    await desk.getByRole("button", { name: "I refuse" }).click();
    await desk.getByRole("dialog").getByRole("button", { name: "I refuse" }).click();
    await desk.getByText("refused", { exact: true }).waitFor();
  });

  test("a letter with a time shows its clips; one is sealed for whoever asks, opens with their key, and is in the ledger", async () => {
    const key = await house.newKey("police");
    const [clip] = await house.clips("one", (clips) => clips.length > 0);
    const span = { from: clip!.startedAt, to: clip!.startedAt + 1000 };
    await house.agent.send("POST", "/requests", { kind: "access", from: "B. Jones", span });
    await goTo(desk, "requests");
    const letter = desk
      .getByRole("article")
      .filter({ has: desk.getByRole("heading", { name: "B. Jones" }) })
      .first();
    await letter.locator(`.card[href$="${clip!.id}"]`).click();
    await desk.getByRole("button", { name: "Hand over…" }).click();
    await desk.getByLabel("Who gets it").fill("b_jones");
    await desk.getByLabel("Their key").fill(key);
    await desk.getByRole("button", { name: "Seal it" }).click();
    const [download] = await Promise.all([
      desk.waitForEvent("download"),
      desk.getByRole("link", { name: /The recording, encrypted/ }).click(),
    ]);
    const sealed = await download.path();
    await desk.getByRole("button", { name: "Done" }).click();
    await desk.getByText(/b_jones · recording · handed over as a file/).waitFor();

    const opened = execFileSync("age", ["-d", "-i", join(house.folder, "police.key"), sealed], { maxBuffer: 1 << 26 });
    expect(opened.subarray(4, 8).toString()).toBe("ftyp");
    const { out } = await house.owner("ledger", "list", "--type", "export", "--json");
    expect(out).toContain('"b_jones"');
  });

  test.each([
    { look: DESK, erase: "Erase a span…", from: "From", to: "To", yes: "Erase", done: /clips? (was|were) erased/ },
    {
      ...{ look: PHONE, erase: "Effacer une période…", from: "De", to: "À", yes: "Effacer" },
      done: /séquences? effacées?/,
    },
  ])("a span is erased after a second question: $look.size, $look.language", async (words) => {
    const clip = await house.visit("pir");
    const page = await owner.enters(words.look);
    await goTo(page, "clips");
    await page.locator(`.card[data-id="${clip.id}"]`).waitFor();
    await page.getByRole("button", { name: words.erase }).click();
    const dialog = page.getByRole("dialog");
    const minute = (ms: number): string => parisMinute.format(clip.startedAt + ms).replace(" ", "T");
    await dialog.getByLabel(words.from, { exact: true }).fill(minute(0));
    await dialog.getByLabel(words.to, { exact: true }).fill(minute(-60_000));
    await dialog.getByRole("button", { name: words.yes, exact: true }).click();
    // The end before the beginning: the question stays.
    expect(await dialog.getByLabel(words.to, { exact: true }).evaluate((node) => node.matches(":invalid"))).toBe(true);
    await dialog.getByLabel(words.to, { exact: true }).fill(minute(60_000));
    await dialog.getByLabel(words.to, { exact: true }).press("Enter");
    await dialog.getByText(/2026/).waitFor();
    expect(await page.locator(`.card[data-id="${clip.id}"]`).count()).toBe(1);

    await dialog.getByRole("button", { name: words.yes, exact: true }).click();

    await page.getByRole("status").getByText(words.done).waitFor();
    await page.locator(`.card[data-id="${clip.id}"]`).waitFor({ state: "detached" });
    const { entries } = JSON.parse((await house.owner("ledger", "list", "--ref", clip.id, "--json")).out) as {
      entries: { type: string; details: unknown }[];
    };
    expect(entries.filter(({ details }) => details !== null).map(({ type }) => type)).toEqual(["clip.deleted"]);
    expect((await house.owner("ledger", "verify")).code).toBe(0);
  });

  test("when the agent restarts under the page, it says so and comes back by itself, still signed in", async () => {
    await goTo(desk, "now");
    await house.end("recorder");
    await desk.getByText("The doorbell does not answer.").waitFor();
    // One that was looked at before, and one whose own code is still on the device.
    for (const view of ["ledger", "more"]) {
      await desk.evaluate(`location.hash = "#/${view}"`);
      await desk.locator("#main:not([inert])").getByText("The doorbell cannot be reached.").waitFor();
    }

    house.start("recorder");

    await desk.getByText("Signed in until").waitFor({ timeout: 60_000 });
    await desk
      .getByRole("region", { name: "How the device stands" })
      .getByText("Camera on")
      .waitFor({ timeout: 60_000 });
  });

  test("no browser complained: no script failed, no policy was broken, and every answer was as documented", () => {
    const real = owner.complaints.filter((text) => !/net::ERR_|status of (404|409)/.test(text));
    expect(real).toEqual([]);
  });
});
