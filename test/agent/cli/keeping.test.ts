// `doorstep pin` and `doorstep erase`: what is kept, what goes, and who had received it.
import { expect, onTestFinished, test } from "vitest";
import { standing } from "./agent-stand.ts";

const [FIRST, SECOND, THIRD] = ["a", "b", "c"].map((end) => `01k0000000000000000000000${end}`) as [
  string,
  string,
  string,
];

test("a clip is pinned, and let go again", async () => {
  const told: unknown[] = [];
  const stand = await standing({ pin: (...what) => void told.push(what) }, onTestFinished);

  const codes = [await stand.run("pin", FIRST), await stand.run("pin", FIRST, "--off")].map(({ code }) => code);

  expect([codes, told]).toEqual([
    [0, 0],
    [
      [FIRST, true],
      [FIRST, false],
    ],
  ]);
});

test("erasing says who had received what is gone, and what is left to look at", async () => {
  const asked: unknown[] = [];
  const stand = await standing(
    {
      erase: async (from, to) => {
        asked.push([from, to]);
        return { removed: [FIRST, SECOND], received: { [SECOND]: ["anna", "ben"] }, recording: [], doubtful: [THIRD] };
      },
    },
    onTestFinished,
  );
  const span = ["--from", "2026-11-22T14:00Z", "--to", "2026-11-22T15:00Z"];

  const said = await stand.run("erase", ...span);
  const listed = await stand.run("erase", ...span, "--json");

  expect(asked[0]).toEqual([Date.UTC(2026, 10, 22, 14), Date.UTC(2026, 10, 22, 15)]);
  expect(said.stdout).toContain(`${FIRST}  nobody had received it`);
  expect(said.stdout).toContain(`${SECOND}  had been sent to anna, ben`);
  expect(said.stdout).toContain(THIRD);
  expect(JSON.parse(listed.stdout)).toEqual({
    clips: [
      { id: FIRST, had_received: [] },
      { id: SECOND, had_received: ["anna", "ben"] },
    ],
    recording: [],
    doubtful: [THIRD],
  });
});

test("a span that cannot be read erases nothing and is a usage error", async () => {
  const asked: unknown[] = [];
  const stand = await standing(
    {
      erase: async (...span) => {
        asked.push(span);
        return { removed: [], received: {}, recording: [], doubtful: [] };
      },
    },
    onTestFinished,
  );

  const backwards = await stand.run("erase", "--from", "2026-11-23", "--to", "2026-11-22");
  const nonsense = await stand.run("erase", "--from", "last tuesday", "--to", "2026-11-22");
  const half = await stand.run("erase", "--from", "2026-11-22");

  expect([backwards.code, nonsense.code, half.code, asked]).toEqual([2, 2, 2, []]);
});
