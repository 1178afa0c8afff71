// An owner edits the configuration while the agent runs: what holds at once, what waits, and what a bad edit does.
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { INVALID_GRACE, PolicyFile, type PolicyState, QUIET } from "../../agent/policy-file.ts";
import { compareConfigs } from "../../config/compare.ts";
import type { Config } from "../../config/config.ts";
import { parseConfig } from "../../config/parse.ts";
import { milliseconds, seconds } from "../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../drivers/clock/simulated.ts";

const KEY = "age1mjyxcymxrvw0df0ep5472v8kgn0zgj94whma6qmy832r6cwkl4fsk8lseq";

interface Wishes {
  readonly sharing?: boolean;
  readonly clips?: "never" | "ask" | "auto";
  readonly audio?: boolean;
  readonly masks?: string;
  readonly end?: string;
}

const text = ({ sharing = true, clips = "ask", audio = false, masks = "", end = "" }: Wishes = {}): string => `
[device]
name = "porch"
timezone = "Europe/Paris"
[camera]
source = "simulated"
${masks}
[audio]
record = ${audio}
[sharing]
enabled = ${sharing}
[mqtt]
url = "mqtts://broker.lan"
[[recipient]]
name = "anna"
clips = "${clips}"
key = "${KEY}"
triggers = "all"
zones = "all"
hours = "always"
until = "forever"
max_per_day = 20
${end}`;

const MASK = '[[mask]]\nname = "window"\npolygon = [[0, 0], [0.5, 0], [0.5, 0.5]]';

let folder: string;
let path: string;
let acceptedPath: string;
let clock: SimulatedClock;
const started: PolicyFile[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-policy-"));
  path = join(folder, "doorstep.toml");
  acceptedPath = join(folder, "accepted.json");
  clock = new SimulatedClock();
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((policy) => policy.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function begin(at = path): Promise<PolicyFile> {
  const policy = new PolicyFile({ path: at, acceptedPath, clock });
  started.push(policy);
  await policy.start();
  return policy;
}

/** Resolves with the first state, the present one included, that is as wished. */
function until(policy: PolicyFile, wished: (state: PolicyState) => boolean): Promise<PolicyState> {
  return new Promise((resolve) => {
    if (wished(policy.state)) return resolve(policy.state);
    const forget = policy.onChange((state) => {
      if (!wished(state)) return;
      forget();
      resolve(state);
    });
  });
}

const clipsOf = ({ config }: PolicyState): string | undefined => config?.recipients[0]?.clips;

function configOf(toml: string): Config {
  const parsed = parseConfig(toml);
  if ("faults" in parsed) throw new TypeError(JSON.stringify(parsed.faults));
  return parsed.config;
}

test("the first configuration of all holds as soon as the agent starts, and is kept", async () => {
  writeFileSync(path, text());
  const policy = await begin();

  expect(clipsOf(policy.state)).toBe("ask");
  expect(policy.state).toMatchObject({ faults: [], pendingWidening: [], settled: true, problems: [] });
  expect(existsSync(acceptedPath)).toBe(true);
  expect(statSync(acceptedPath).mode & 0o077).toBe(0);
});

test("a tightening edit holds at once, without any time passing", async () => {
  writeFileSync(path, text({ clips: "auto" }));
  const policy = await begin();

  writeFileSync(path, text({ clips: "never" }));
  const state = await until(policy, (state) => clipsOf(state) === "never");

  expect(state).toMatchObject({ settled: true, pendingWidening: [] });
});

test("a widening edit waits until the file has been left alone for two seconds", async () => {
  writeFileSync(path, text({ clips: "ask" }));
  const policy = await begin();

  writeFileSync(path, text({ clips: "auto" }));
  const waiting = await until(policy, (state) => !state.settled);
  expect(waiting.pendingWidening).toEqual(["recipient.anna.clips"]);
  expect(clipsOf(waiting)).toBe("ask");

  await clock.advance(milliseconds(1999));
  await policy.reread();
  expect(clipsOf(policy.state)).toBe("ask");

  await clock.advance(milliseconds(1));
  await until(policy, (state) => state.settled);
  expect(clipsOf(policy.state)).toBe("auto");
});

test("an edit that the file system did not tell of still makes a widening wait again", async () => {
  // Written through another name of the same file, which a watch on this folder does not see.
  const other = join(folder, "elsewhere");
  await mkdir(other);
  writeFileSync(path, text({ clips: "ask" }));
  linkSync(path, join(other, "same.toml"));
  const policy = await begin();

  writeFileSync(path, text({ clips: "auto" }));
  await until(policy, (state) => !state.settled);
  await clock.advance(milliseconds(QUIET - 1));
  writeFileSync(join(other, "same.toml"), text({ clips: "auto", audio: true }));
  await clock.advance(milliseconds(1));
  await policy.reread();
  expect(clipsOf(policy.state)).toBe("ask");
  expect(policy.state.pendingWidening).toEqual(["audio.record", "recipient.anna.clips"]);

  await clock.advance(QUIET);
  await until(policy, (state) => state.settled);
});

test("every further edit makes a widening wait from the beginning", async () => {
  writeFileSync(path, text({ clips: "ask" }));
  const policy = await begin();

  for (let edit = 0; edit < 5; edit++) {
    writeFileSync(path, text({ clips: "auto", end: "#".repeat(edit) }));
    await policy.reread();
    await clock.advance(milliseconds(QUIET - 100));
    await policy.reread();
    expect(clipsOf(policy.state)).toBe("ask");
  }

  await clock.advance(milliseconds(100));
  await until(policy, (state) => state.settled);
  expect(clipsOf(policy.state)).toBe("auto");
});

test("an edit that tightens one thing and widens another does the first now and the second later", async () => {
  writeFileSync(path, text({ clips: "auto", audio: false, masks: MASK }));
  const policy = await begin();

  writeFileSync(path, text({ clips: "ask", audio: true }));
  const waiting = await until(policy, (state) => !state.settled);
  expect(waiting.pendingWidening).toEqual(["mask.window", "audio.record"]);
  expect(clipsOf(waiting)).toBe("ask");
  expect(waiting.config).toMatchObject({ audio: { record: false }, masks: [{ name: "window" }] });

  await clock.advance(QUIET);
  const settled = await until(policy, (state) => state.settled);
  expect(settled.config).toMatchObject({ audio: { record: true }, masks: [] });
});

test("a tightening that is taken back within two seconds widens again only after them", async () => {
  writeFileSync(path, text({ clips: "auto" }));
  const policy = await begin();
  writeFileSync(path, text({ clips: "never" }));
  await until(policy, (state) => clipsOf(state) === "never");

  writeFileSync(path, text({ clips: "auto" }));
  await until(policy, (state) => !state.settled);
  expect(clipsOf(policy.state)).toBe("never");

  await clock.advance(QUIET);
  await until(policy, (state) => clipsOf(state) === "auto");
});

test("an invalid edit closes sharing and audio, keeps recording, and names its line until it is mended", async () => {
  writeFileSync(path, text({ clips: "auto", audio: true }));
  const policy = await begin();

  writeFileSync(path, text({ clips: "auto", audio: true }).replace('"auto"', '"autoo"'));
  await policy.reread();
  expect(policy.state.config?.sharing.enabled).toBe(true);
  await clock.advance(seconds(1));
  const closed = await until(policy, (state) => state.sharingClosedBy === "invalid config");

  expect(closed.faults).toMatchObject([{ code: "CONFIG_VALUE_INVALID", line: 16, path: "recipient.anna.clips" }]);
  expect(closed.config).toMatchObject({ sharing: { enabled: false }, audio: { record: false }, camera: { fps: 15 } });

  writeFileSync(path, text({ clips: "auto", audio: true }));
  const mended = await until(policy, (state) => state.faults.length === 0);
  expect(mended.pendingWidening).toEqual(["sharing.enabled", "audio.record"]);
  expect(mended.config?.sharing.enabled).toBe(false);
  await clock.advance(QUIET);
  await until(policy, (state) => state.config?.sharing.enabled === true && state.config.audio.record);
});

test("an editor that empties the file before it fills it closes nothing", async () => {
  writeFileSync(path, text({ clips: "ask" }));
  const policy = await begin();
  const seen: boolean[] = [];
  policy.onChange(({ config }) => seen.push(config!.sharing.enabled));

  writeFileSync(path, "");
  await policy.reread();
  writeFileSync(path, text({ clips: "never" }));
  await until(policy, (state) => clipsOf(state) === "never");
  await clock.advance(seconds(10));

  expect(seen).toEqual([true]);
});

test("a file that is gone for longer than an editor takes closes sharing", async () => {
  writeFileSync(path, text());
  const policy = await begin();

  rmSync(path);
  await policy.reread();
  await clock.advance(INVALID_GRACE);
  const closed = await until(policy, (state) => state.sharingClosedBy !== undefined);

  expect(closed.faults).toMatchObject([{ code: "CONFIG_FILE_MISSING" }]);
});

test("an editor that writes a new file and renames it over the old one is followed", async () => {
  writeFileSync(path, text({ clips: "auto" }));
  const policy = await begin();

  for (const clips of ["ask", "never"] as const) {
    writeFileSync(join(folder, ".doorstep.toml.swp"), text({ clips }));
    renameSync(join(folder, ".doorstep.toml.swp"), path);
    await until(policy, (state) => clipsOf(state) === clips);
  }
});

test("a file written in two pieces is never wider than its whole", async () => {
  writeFileSync(path, text({ clips: "ask", masks: MASK }));
  const policy = await begin();
  const whole = text({ clips: "ask", masks: MASK, end: "[review]\nlan = false\n" });
  const before = configOf(text({ clips: "ask", masks: MASK }));
  policy.onChange(({ config }) => expect(compareConfigs(before, config!).widened).toEqual([]));

  for (let cut = 20; cut < whole.length; cut += 40) {
    writeFileSync(path, whole.slice(0, cut));
    await policy.reread();
    appendFileSync(path, whole.slice(cut));
    await policy.reread();
  }

  await clock.advance(QUIET);
  const state = await until(policy, ({ settled }) => settled);
  expect(clipsOf(state)).toBe("ask");
});

test("a save cut at any byte never lets more out than what held before it", async () => {
  const before = text({ clips: "ask", masks: MASK });
  const old = configOf(before);
  const after = text({ clips: "auto", audio: true, end: "[requests]\naccept = true\n" });
  writeFileSync(path, before);
  const policy = await begin();
  const wider: string[] = [];
  policy.onChange(({ config }) => wider.push(...compareConfigs(old, config!).widened));

  for (let cut = 0; cut < after.length; cut++) {
    await writeFile(path, after.slice(0, cut));
    await policy.reread();
    // Long enough for what is invalid to close, never for what is wider to hold.
    if (cut % 10 === 0) await clock.advance(milliseconds(QUIET - 1));
  }
  expect(wider).toEqual([]);

  await writeFile(path, after);
  await policy.reread();
  expect(wider).toEqual([]);
  await clock.advance(QUIET);
  await until(policy, (state) => state.settled && clipsOf(state) === "auto");
});

test("a mask that is lost in a half-saved file stays on the picture", async () => {
  writeFileSync(path, text({ masks: MASK }));
  const policy = await begin();

  writeFileSync(path, text());
  const waiting = await until(policy, (state) => !state.settled);

  expect(waiting.config?.masks).toHaveLength(1);
});

test("after a restart the accepted configuration holds until the edited file has been quiet", async () => {
  writeFileSync(path, text({ clips: "ask" }));
  await (await begin()).stop();
  writeFileSync(path, text({ clips: "auto" }));

  const again = await begin();
  expect(clipsOf(again.state)).toBe("ask");
  expect(again.state.pendingWidening).toEqual(["recipient.anna.clips"]);
  await clock.advance(QUIET);
  await until(again, (state) => clipsOf(state) === "auto");
});

test("after a restart with a broken file the accepted recording settings hold and sharing is closed", async () => {
  writeFileSync(path, text({ clips: "auto", audio: true }));
  await (await begin()).stop();
  writeFileSync(path, "[device\nname = 5");

  const again = await begin();

  expect(again.state).toMatchObject({
    sharingClosedBy: "invalid config",
    config: { sharing: { enabled: false }, audio: { record: false }, device: { name: "porch" } },
  });
  expect(again.state.faults).toMatchObject([{ code: "CONFIG_SYNTAX", line: 1 }]);
});

test("a broken file with nothing accepted before opens nothing, and mending it takes two quiet seconds", async () => {
  writeFileSync(path, "");
  const policy = await begin();
  expect(policy.state).toMatchObject({ config: undefined, digest: "", faults: [{ code: "CONFIG_EMPTY" }] });

  writeFileSync(path, text());
  const waiting = await until(policy, (state) => state.faults.length === 0);
  expect(waiting).toMatchObject({ config: undefined, pendingWidening: ["*"] });
  await clock.advance(QUIET);
  await until(policy, (state) => clipsOf(state) === "ask");
});

test("a kept copy that somebody has changed counts for nothing", async () => {
  writeFileSync(path, text({ clips: "ask" }));
  await (await begin()).stop();
  writeFileSync(acceptedPath, readFileSync(acceptedPath, "utf8").replace('"ask"', '"auto"'));
  writeFileSync(path, "broken");

  const again = await begin();

  expect(again.state.config).toBeUndefined();
  expect(again.state.problems.map(({ code }) => code)).toEqual(["POLICY_NOT_KEPT"]);
});

test("nothing is written while nothing changes what the file says", async () => {
  writeFileSync(path, text());
  const policy = await begin();
  const { mtimeMs, ino } = statSync(acceptedPath);

  writeFileSync(path, `${text()}# only a remark\n`);
  await policy.reread();
  await clock.advance(seconds(60));

  expect(statSync(acceptedPath)).toMatchObject({ mtimeMs, ino });
});

test("a copy that cannot be kept is a problem to show, and no reason to stop recording", async () => {
  writeFileSync(path, text());
  acceptedPath = join(folder, "no", "such", "folder", "accepted.json");
  const policy = await begin();

  expect(clipsOf(policy.state)).toBe("ask");
  expect(policy.state.problems.map(({ code }) => code)).toEqual(["POLICY_NOT_KEPT"]);
});

test("a folder that cannot be watched is a problem to show", async () => {
  const policy = await begin(join(folder, "nowhere", "doorstep.toml"));

  expect(policy.state.config).toBeUndefined();
  expect(policy.state.faults).toMatchObject([{ code: "CONFIG_FILE_MISSING" }]);
  expect(policy.state.problems.map(({ code }) => code)).toEqual(["POLICY_NOT_WATCHED"]);
});

test("a link is followed to the folder where the file really is", async () => {
  const elsewhere = join(folder, "boot");
  await mkdir(elsewhere);
  writeFileSync(join(elsewhere, "config.toml"), text({ clips: "ask" }));
  await symlink(join(elsewhere, "config.toml"), path);
  const policy = await begin();

  writeFileSync(join(elsewhere, "config.toml"), text({ clips: "never" }));

  await until(policy, (state) => clipsOf(state) === "never");
});

test("other files in the same folder are none of its business", async () => {
  writeFileSync(path, text());
  const policy = await begin();
  let changes = 0;
  policy.onChange(() => changes++);

  for (let n = 0; n < 20; n++) writeFileSync(join(folder, `other-${n}`), "x");
  await policy.reread();
  await clock.advance(seconds(5));

  expect(changes).toBe(0);
});

test("after it is stopped no edit is followed any more", async () => {
  writeFileSync(path, text({ clips: "auto" }));
  const policy = await begin();
  await policy.stop();

  writeFileSync(path, text({ clips: "never" }));
  await policy.reread();
  await clock.advance(seconds(5));

  expect(clipsOf(policy.state)).toBe("auto");
});

test("a listener is told what holds now and what held before", async () => {
  writeFileSync(path, text({ clips: "auto" }));
  const policy = await begin();
  const told = new Promise<[string | undefined, string | undefined]>((resolve) =>
    policy.onChange((state, previous) => resolve([clipsOf(previous), clipsOf(state)])),
  );

  writeFileSync(path, text({ clips: "ask" }));

  expect(await told).toEqual(["auto", "ask"]);
});
