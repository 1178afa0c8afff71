// Signing in: what is kept, what is refused, and when a session ends.
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { days, hours, minutes, seconds } from "../../../drivers/clock/clock.ts";
import { pageRig } from "./page-rig.ts";

const PASSWORD = "correct horse battery";

test("the password out of the configured file opens a session, and only its hash is kept", async () => {
  const rig = await pageRig();
  rig.passwordFile = join(rig.folder, "password");
  writeFileSync(rig.passwordFile, `${PASSWORD}\n`);

  const token = await rig.signIn.signIn({ password: PASSWORD });

  expect(rig.signIn.session(token)).toBeDefined();
  const kept = readFileSync(join(rig.folder, "review.json"), "utf8");
  expect(kept).not.toContain(PASSWORD);
  expect(kept).not.toContain(token);
  expect(statSync(join(rig.folder, "review.json")).mode & 0o777).toBe(0o600);
  expect(rig.signIns).toEqual([{ outcome: "ok", from: "page, password" }]);
});

test("a wrong password is refused, and the ledger says so", async () => {
  const rig = await pageRig();
  await rig.signIn.setPassword(PASSWORD);

  await expect(rig.signIn.signIn({ password: "guess" })).rejects.toMatchObject({ code: "SIGNIN_REFUSED" });

  expect(rig.signIns).toEqual([{ outcome: "refused", from: "page, password" }]);
});

test("without a password nobody gets in with one, not even with an empty one", async () => {
  const rig = await pageRig();

  await expect(rig.signIn.signIn({ password: "" })).rejects.toMatchObject({ code: "SIGNIN_REFUSED" });
});

test("after five mistakes nobody's password is looked at for a while, and the owner's code still works", async () => {
  const rig = await pageRig();
  await rig.signIn.setPassword(PASSWORD);
  for (let n = 0; n < 5; n++) await rig.signIn.signIn({ password: "guess" }).catch(() => {});

  await expect(rig.signIn.signIn({ password: PASSWORD })).rejects.toMatchObject({
    code: "SIGNIN_TOO_OFTEN",
    detail: "in 15 seconds",
  });
  expect(rig.signIns).toHaveLength(5);
  await rig.signIn.signIn({ code: rig.signIn.issueCode().code });
  await rig.clock.advance(seconds(16));
  await rig.signIn.signIn({ password: PASSWORD });
});

test("whoever guesses on gets about a hundred looks a day", async () => {
  const rig = await pageRig();
  let looked = 0;
  for (let minute = 0; minute < 24 * 60; minute++) {
    await rig.signIn.signIn({ code: "22222-22222" }).catch(({ code }: { code: string }) => {
      if (code === "SIGNIN_REFUSED") looked += 1;
    });
    await rig.clock.advance(minutes(1));
  }
  expect(looked).toBeGreaterThan(90);
  expect(looked).toBeLessThan(110);
});

test("a code signs in once, however it is typed, and not after ten minutes", async () => {
  const rig = await pageRig();
  const { code } = rig.signIn.issueCode();

  await rig.signIn.signIn({ code: ` ${code.toUpperCase().replace("-", " ")}` });

  await expect(rig.signIn.signIn({ code })).rejects.toMatchObject({ code: "SIGNIN_REFUSED" });
  const late = rig.signIn.issueCode().code;
  await rig.clock.advance(minutes(11));
  await expect(rig.signIn.signIn({ code: late })).rejects.toMatchObject({ code: "SIGNIN_REFUSED" });
});

test("a new code replaces the last one", async () => {
  const rig = await pageRig();
  const first = rig.signIn.issueCode().code;
  const second = rig.signIn.issueCode().code;

  await expect(rig.signIn.signIn({ code: first })).rejects.toMatchObject({ code: "SIGNIN_REFUSED" });
  await rig.signIn.signIn({ code: second });
});

test("a session that is not used for a day has ended", async () => {
  const rig = await pageRig();
  const token = await rig.signIn.signIn({ code: rig.signIn.issueCode().code });
  await rig.clock.advance(hours(23));
  expect(rig.signIn.session(token)).toBeDefined();
  await rig.clock.advance(hours(23));
  expect(rig.signIn.session(token)).toBeDefined();

  await rig.clock.advance(hours(24));

  expect(rig.signIn.session(token)).toBeUndefined();
});

test("a session that is used every hour ends after a week all the same, and its streams with it", async () => {
  const rig = await pageRig();
  const token = await rig.signIn.signIn({ code: rig.signIn.issueCode().code });
  const { ended } = rig.signIn.session(token)!;
  for (let hour = 1; hour < 7 * 24; hour++) {
    await rig.clock.advance(hours(1));
    expect(rig.signIn.session(token), `after ${hour} hours`).toBeDefined();
  }

  await rig.clock.advance(hours(1));
  rig.signIn.sweep();

  expect(rig.signIn.session(token)).toBeUndefined();
  expect(ended.aborted).toBe(true);
});

test("sessions outlive a restart, but not a sign-out before it", async () => {
  const rig = await pageRig();
  const kept = await rig.signIn.signIn({ code: rig.signIn.issueCode().code });
  const left = await rig.signIn.signIn({ code: rig.signIn.issueCode().code });
  await rig.signIn.signOut(rig.signIn.session(left)!.id);

  await rig.restart();

  expect(rig.signIn.session(kept)).toBeDefined();
  expect(rig.signIn.session(left)).toBeUndefined();
});

test("a clock that is behind after a power cut keeps a session out without ending it", async () => {
  const rig = await pageRig();
  const token = await rig.signIn.signIn({ code: rig.signIn.issueCode().code });
  await rig.restart();

  rig.clock.step("2026-11-22T11:00:00Z");
  expect(rig.signIn.session(token)).toBeUndefined();
  rig.clock.step("2026-11-22T12:01:00Z");
  expect(rig.signIn.session(token)).toBeDefined();
});

test("another password signs everybody out, and ends what streams to them", async () => {
  const rig = await pageRig();
  const token = await rig.signIn.signIn({ code: rig.signIn.issueCode().code });
  const { ended } = rig.signIn.session(token)!;

  await rig.signIn.setPassword(PASSWORD);

  expect(rig.signIn.session(token)).toBeUndefined();
  expect(ended.aborted).toBe(true);
});

test("a changed password file counts, and first boot's may be deleted once it has been read", async () => {
  const rig = await pageRig();
  rig.passwordFile = join(rig.folder, "password");
  writeFileSync(rig.passwordFile, PASSWORD);
  await rig.signIn.signIn({ password: PASSWORD });
  rmSync(rig.passwordFile);
  await rig.signIn.signIn({ password: PASSWORD });

  writeFileSync(rig.passwordFile, "another password");

  await expect(rig.signIn.signIn({ password: PASSWORD })).rejects.toMatchObject({ code: "SIGNIN_REFUSED" });
  await rig.signIn.signIn({ password: "another password" });
});

test.each(["", "short", "x".repeat(201)])("a password file that says %j is refused with what to do", async (text) => {
  const rig = await pageRig();
  rig.passwordFile = join(rig.folder, "password");
  writeFileSync(rig.passwordFile, text);

  await expect(rig.signIn.signIn({ password: text })).rejects.toMatchObject({ code: "PASSWORD_REFUSED" });
});

test.each(["not json", "{}", '{"v":1,"sessions":[{}]}'])(
  "a damaged file (%s) lets nobody in, and can be mended",
  async (text) => {
    const rig = await pageRig();
    const token = await rig.signIn.signIn({ code: rig.signIn.issueCode().code });
    writeFileSync(join(rig.folder, "review.json"), text);

    await rig.restart();

    expect(rig.signIn.session(token)).toBeUndefined();
    await rig.signIn.setPassword(PASSWORD);
    await rig.signIn.signIn({ password: PASSWORD });
  },
);

test("the twenty-first device signs the first one out", async () => {
  const rig = await pageRig();
  const tokens: string[] = [];
  for (let n = 0; n < 21; n++) {
    tokens.push(await rig.signIn.signIn({ code: rig.signIn.issueCode().code }));
    await rig.clock.advance(seconds(1));
  }

  expect(tokens.map((token) => rig.signIn.session(token) !== undefined)).toEqual([false, ...Array(20).fill(true)]);
  await rig.clock.advance(days(8));
  expect(tokens.every((token) => rig.signIn.session(token) === undefined)).toBe(true);
});
